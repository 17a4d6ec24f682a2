// execve's work: scripts are followed to a program, the program and its interpreter are mapped into a fresh
// space, the stack is written.
#include "kernel/exec/exec.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/assist/cpuid.h"
#include "kernel/boot/libos.h"
#include "kernel/exec/elf.h"
#include "kernel/exec/script.h"
#include "kernel/exec/stack.h"
#include "kernel/mm/layout.h"

namespace occlum::kernel {

namespace {

/// Linux's limit on scripts that are interpreted by scripts.
constexpr int kMaxScripts = 5;
/// Stack mapped at first, besides the arguments.
constexpr u64 kInitialStack = 128 << 10;
constexpr u64 kMinArgumentLimit = 128 << 10, kMaxArgumentLimit = 6 << 20;
/// What a signal frame needs at most: ucontext, siginfo and the vector state, rounded up.
constexpr u64 kMinSignalStack = 2048;

class FileSource final : public ElfSource {
public:
    explicit FileSource(const FilePages& pages) : pages_(pages) {}
    u64 size() const override { return pages_.size(); }
    Result<void> read(u64 offset, std::span<u8> out) const override {
        if (pages_.read(offset, out) != out.size()) return err(Errno::Enoexec);
        return {};
    }

private:
    const FilePages& pages_;
};

/// With the beginning, where the headers are, at hand.
Result<Ref<FilePages>> pages_of(OpenFile& file) {
    const RefPtr<Inode> inode = file.mappable();
    if (!inode) return err(Errno::Eacces);
    const Ref<FilePages> pages = TRY(FilePages::of(*inode));
    pages->prefetch(0, 1);
    return pages;
}

/// What is left after following "#!" lines.
struct Program {
    Ref<OpenFile> file;
    Ref<FilePages> pages;
    std::vector<std::string> arguments;
};

Result<Program> follow_scripts(FsContext& fs, const Credentials& who, Ref<OpenFile> file,
                               std::string_view path, std::vector<std::string> arguments) {
    std::string name(path);
    for (int depth = 0; depth <= kMaxScripts; ++depth) {
        Ref<FilePages> pages = TRY(pages_of(*file));
        std::array<u8, kScriptLineSize> start{};
        const size_t count = pages->read(0, start);
        const auto script = TRY(read_script_line(std::span(start).first(count)));
        if (!script) return Program{file, pages, std::move(arguments)};
        if (!arguments.empty()) arguments.erase(arguments.begin());
        arguments.insert(arguments.begin(), name);
        if (script->argument) arguments.insert(arguments.begin(), *script->argument);
        arguments.insert(arguments.begin(), script->interpreter);
        name = script->interpreter;
        file = TRY(open_executable(fs, who, name));
    }
    return err(Errno::Eloop);
}

Result<void> map_segment(AddressSpace& memory, const ElfSegment& segment, u64 bias,
                         const Ref<OpenFile>& file) {
    const u64 start = bias + segment.address, file_end = start + segment.file_size,
              end = bias + segment.end();
    u64 mapped_end = page_down(start);
    if (segment.file_size > 0) {
        TRY(memory.map({page_down(start)}, page_up(file_end) - page_down(start), segment.protection,
                       kMapPrivate | kMapFixed, file, page_down(segment.offset)));
        mapped_end = page_up(file_end);
    }
    if (page_up(end) > mapped_end)
        TRY(memory.map({mapped_end}, page_up(end) - mapped_end, segment.protection,
                       kMapPrivate | kMapFixed | kMapAnonymous, nullptr, 0));
    // The rest of the last file page belongs to .bss. Linux lets a read-only one be.
    const bool writable = (segment.protection & kProtWrite) != 0;
    if (writable && segment.memory_size > segment.file_size && segment.file_size > 0 &&
        !page_aligned(file_end)) {
        memory.foresee({file_end}, page_up(file_end) - file_end);
        TRY(memory.fill({file_end}, 0, page_up(file_end) - file_end));
    }
    return {};
}

/// Maps an image; the answer is what to add to its linked addresses.
Result<u64> map_image(AddressSpace& memory, const ElfImage& image, const Ref<OpenFile>& file,
                      std::optional<u64> wanted) {
    const u64 span = page_up(image.end()) - image.start();
    u64 bias = 0;
    if (image.position_independent) {
        u64 place = 0;
        if (wanted) {
            place = *wanted;
        } else {
            // A file mapping of the whole size finds the place; the segments then replace it.
            const u64 slack = image.alignment - kPageSize;
            place = TRY(memory.map({}, span + slack, 0, kMapPrivate, file, 0)).value;
            TRY(memory.unmap({place}, span + slack));
        }
        bias = ((place + image.alignment - 1) & ~(image.alignment - 1)) -
               (image.start() & ~(image.alignment - 1));
    }
    for (const ElfSegment& segment : image.segments) {
        auto mapped = map_segment(memory, segment, bias, file);
        // A place outside what may be mapped is the file's fault, as on Linux.
        if (!mapped) return err(mapped.error() == Errno::Eperm ? Errno::Enoexec : mapped.error());
    }
    return bias;
}

struct Identity {
    std::optional<u32> set_uid, set_gid;
    u32 euid, egid;
    bool secure;
};

/// The set-id bits of the program's file (execve(2)).
Result<Identity> identity_for(OpenFile& file, const Credentials& who) {
    constexpr u32 kSetUid = 04000, kSetGid = 02000, kGroupExecute = 010;
    const Attributes attributes = TRY(file.attributes());
    Identity identity{.set_uid = {}, .set_gid = {}, .euid = who.euid, .egid = who.egid, .secure = false};
    const bool honoured = !who.no_new_privileges;
    if (honoured && (attributes.mode & kSetUid)) identity.set_uid = identity.euid = attributes.uid;
    if (honoured && (attributes.mode & kSetGid) && (attributes.mode & kGroupExecute))
        identity.set_gid = identity.egid = attributes.gid;
    identity.secure = identity.euid != who.uid || identity.egid != who.gid;
    return identity;
}

struct Addresses {
    u64 entry, program_entry, program_headers, interpreter_base;
    u16 header_count;
};

std::vector<AuxEntry> auxiliary_vector(const Addresses& at, const Credentials& who,
                                       const Identity& identity) {
    return {{kAuxHwcap, cpuid(1, 0).edx},
            {kAuxPageSize, kPageSize},
            {kAuxClockTick, 100},
            {kAuxPhdr, at.program_headers},
            {kAuxPhent, kProgramHeaderSize},
            {kAuxPhnum, at.header_count},
            {kAuxBase, at.interpreter_base},
            {kAuxFlags, 0},
            {kAuxEntry, at.program_entry},
            {kAuxUid, who.uid},
            {kAuxEuid, identity.euid},
            {kAuxGid, who.gid},
            {kAuxEgid, identity.egid},
            {kAuxSecure, identity.secure ? u64{1} : u64{0}},
            {kAuxHwcap2, 0},  // no FSGSBASE
            {kAuxMinSigStack, kMinSignalStack}};
}

/// Maps the program and its interpreter.
Result<Addresses> map_program(FsContext& fs, const Credentials& who, AddressSpace& memory,
                              const ElfImage& image, const Ref<OpenFile>& file) {
    std::optional<u64> place;
    if (image.position_independent) place = kPieBase;
    const u64 bias = TRY(map_image(memory, image, file, place));
    memory.set_break_start(bias + image.end());
    Addresses at{.entry = bias + image.entry,
                 .program_entry = bias + image.entry,
                 .program_headers = image.program_headers ? bias + image.program_headers : 0,
                 .interpreter_base = 0,
                 .header_count = image.program_header_count};
    if (image.interpreter.empty()) return at;
    const Ref<OpenFile> interpreter = TRY(open_executable(fs, who, image.interpreter));
    const Ref<FilePages> pages = TRY(pages_of(*interpreter));
    const ElfImage loader = TRY(read_elf(FileSource(*pages)));
    const u64 loader_bias = TRY(map_image(memory, loader, interpreter, std::nullopt));
    at.interpreter_base = loader_bias + (loader.position_independent ? loader.start() : 0);
    at.entry = loader_bias + loader.entry;
    return at;
}

Result<StackImage> write_stack(AddressSpace& memory, const Program& program,
                               std::span<const std::string> environment, std::string_view path,
                               std::span<const AuxEntry> auxiliary, bool executable) {
    std::array<u8, 16> random{};
    std::array<u8, 2> gap{};
    enclave::random_bytes(random);
    enclave::random_bytes(gap);
    const u64 limit = std::clamp(memory.limits.stack / 4, kMinArgumentLimit, kMaxArgumentLimit);
    StackImage stack = TRY(stack_image({.arguments = program.arguments,
                                        .environment = environment,
                                        .path = path,
                                        .auxiliary = auxiliary,
                                        .random = random,
                                        .top = memory.stack_top(),
                                        .gap = (u64{gap[0]} | (u64{gap[1]} << 8)) % 8192},
                                       limit));
    TRY(memory.map_stack(page_up(stack.bytes.size()) + kInitialStack, executable));
    TRY(memory.copy_out({stack.pointer}, stack.bytes));
    return stack;
}

std::vector<u8> joined(std::span<const std::string> arguments) {
    std::vector<u8> line;
    for (const std::string& argument : arguments) {
        line.insert(line.end(), argument.begin(), argument.end());
        line.push_back(0);
    }
    return line;
}

/// comm(5): the last component of the path as given.
std::string short_name(std::string_view path) {
    constexpr size_t kCommLength = 15;
    return std::string(path.substr(path.rfind('/') + 1).substr(0, kCommLength));
}

}  // namespace

Result<LoadedProgram> load_program(FsContext& fs, const Credentials& who, Ref<OpenFile> file,
                                   std::string_view path, std::vector<std::string> arguments,
                                   std::vector<std::string> environment, const AddressSpace::Limits& limits) {
    if (arguments.empty()) arguments.emplace_back();  // as Linux since 5.18
    Program program = TRY(follow_scripts(fs, who, std::move(file), path, std::move(arguments)));
    const ElfImage image = TRY(read_elf(FileSource(*program.pages)));
    const Identity identity = TRY(identity_for(*program.file, who));

    Ref<AddressSpace> memory = TRY(AddressSpace::create(program.pages->identity()));
    memory->limits = limits;
    const Addresses at = TRY(map_program(fs, who, *memory, image, program.file));
    const auto auxiliary = auxiliary_vector(at, who, identity);
    StackImage stack = TRY(write_stack(*memory, program, environment, path, auxiliary,
                                       image.executable_stack && !libos_options().strict_wx));
    TRY(memory->settle());
    TRY(memory->code_space());

    sfi::GuestContext context;
    context.rip = at.entry;
    context.gpr[sfi::RSP] = stack.pointer;
    return LoadedProgram{.memory = std::move(memory),
                         .context = context,
                         .executable = program.file,
                         .name = short_name(path),
                         .command_line = joined(program.arguments),
                         .environment = joined(environment),
                         .auxiliary = std::move(stack.auxiliary),
                         .set_uid = identity.set_uid,
                         .set_gid = identity.set_gid};
}

}  // namespace occlum::kernel
