// Walks a JSON tree and keeps the first thing that is wrong with it. A reader of something absent or wrong
// answers with nothing, so that callers need not look at each step.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "image/instance/json_tree.h"

namespace occlum::image {

class Findings {
public:
    void add(u32 line, const std::string& path, const std::string& why) {
        if (!first_) first_ = {line, path + ": " + why};
    }
    const std::optional<JsonError>& first() const { return first_; }

private:
    std::optional<JsonError> first_;
};

class Reader {
public:
    /// `node` null: not there.
    Reader(const JsonNode* node, std::string path, Findings& findings)
        : node_(node), path_(std::move(path)), findings_(findings) {}

    bool there() const { return node_ != nullptr; }
    bool is_object() const { return there() && node_->kind == JsonNode::Kind::Object; }
    u32 line() const { return node_ ? node_->line : 0; }
    void refuse(const std::string& why) const { findings_.add(line(), path_, why); }

    /// An object with some of these members and no others.
    void expect_members(std::initializer_list<std::string_view> known) const;
    Reader member(std::string_view name) const;
    void for_each(const std::function<void(const Reader&)>& item) const;

    std::optional<std::string> text() const;
    std::optional<bool> truth() const;
    std::optional<u64> integer(u64 most) const;
    /// "32MB", "1.5GB" or a number of bytes.
    std::optional<u64> size() const;
    /// "0x…": 64 bits.
    std::optional<u64> hexadecimal() const;
    /// A switch: true, false, 0 or 1 (and the 2 that older files use for "if the CPU has it").
    void expect_switch() const;

private:
    bool is(JsonNode::Kind kind, std::string_view wanted) const;

    const JsonNode* node_;
    std::string path_;
    Findings& findings_;
};

}  // namespace occlum::image
