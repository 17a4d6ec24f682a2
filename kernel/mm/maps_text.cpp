// /proc/<pid>/maps.
#include "kernel/fs/fs_context.h"
#include "kernel/mm/address_space.h"

namespace occlum::kernel {

namespace {

constexpr size_t kNameColumn = 73;

void put_number(std::string& text, u64 value, u64 radix, size_t width) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string digits;
    for (; value != 0 || digits.empty(); value /= radix) digits.push_back(kDigits[value % radix]);
    while (digits.size() < width) digits.push_back('0');
    text.append(digits.rbegin(), digits.rend());
}

std::string name_of(const Vma& vma, const FsContext& names) {
    if (vma.kind == VmaKind::Heap) return "[heap]";
    if (vma.kind == VmaKind::Stack) return "[stack]";
    if (vma.name) return path_of(names, *vma.name);
    return vma.shared ? "/dev/zero (deleted)" : "";
}

void put_line(std::string& text, const Vma& vma, const std::string& name) {
    const size_t line = text.size();
    put_number(text, vma.start, 16, 8);
    text += '-';
    put_number(text, vma.end, 16, 8);
    text += ' ';
    text += vma.protection & kProtRead ? 'r' : '-';
    text += vma.writable() ? 'w' : '-';
    text += vma.executable() ? 'x' : '-';
    text += vma.shared ? 's' : 'p';
    text += ' ';
    put_number(text, vma.file || vma.shared ? vma.offset : 0, 16, 8);
    text += ' ';
    const u64 device = vma.file ? vma.file->device() : 0;
    put_number(text, (device >> 8) & 0xfff, 16, 2);
    text += ':';
    put_number(text, device & 0xff, 16, 2);
    text += ' ';
    put_number(text, vma.file ? vma.file->number() : 0, 10, 1);
    if (!name.empty()) {
        text += ' ';
        if (text.size() - line < kNameColumn) text.append(kNameColumn - (text.size() - line), ' ');
        text += name;
    }
    text += '\n';
}

}  // namespace

std::string AddressSpace::maps_text(const FsContext& names) const {
    std::string text;
    for (const Vma& vma : vmas_) put_line(text, vma, name_of(vma, names));
    return text;
}

std::string AddressSpace::smaps_text(const FsContext& names) const {
    std::string text;
    const auto line = [&](std::string_view name, u64 bytes) {
        text += name;
        text.append(16 - name.size(), ' ');
        const size_t start = text.size();
        put_number(text, bytes / 1024, 10, 1);
        if (text.size() - start < 8) text.insert(start, 8 - (text.size() - start), ' ');
        text += " kB\n";
    };
    for (const Vma& vma : vmas_) {
        put_line(text, vma, name_of(vma, names));
        u64 live = 0;
        const PageTable& pages = domain_->pages();
        for (u64 page = vma.start / kPageSize; page < vma.end / kPageSize; ++page) {
            page = pages.next_committed(page, vma.end / kPageSize);
            if (page < vma.end / kPageSize && (pages.state(page) & kPageLive)) live += kPageSize;
        }
        line("Size:", vma.size());
        line("KernelPageSize:", kPageSize);
        line("MMUPageSize:", kPageSize);
        line("Rss:", live);
        line("Pss:", live);
        line("Shared_Clean:", 0);
        line("Shared_Dirty:", vma.shared ? live : 0);
        line("Private_Clean:", vma.shared || vma.writable() ? 0 : live);
        line("Private_Dirty:", !vma.shared && vma.writable() ? live : 0);
        line("Referenced:", live);
        line("Anonymous:", vma.file || vma.shared ? 0 : live);
        line("AnonHugePages:", 0);
        line("Swap:", 0);
        line("Locked:", vma.locked ? live : 0);
        text += "VmFlags:";
        if (vma.protection & kProtRead) text += " rd";
        if (vma.writable()) text += " wr";
        if (vma.executable()) text += " ex";
        if (vma.shared) text += " sh";
        if (vma.locked) text += " lo";
        text += '\n';
    }
    return text;
}

}  // namespace occlum::kernel
