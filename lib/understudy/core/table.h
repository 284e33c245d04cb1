#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy {

/// A fixed list of named choices (detectors, blend modes, losses ...). Help texts, validation, docs and
/// table-driven tests all walk the same table.
template <class Value>
class Table {
 public:
  struct Entry {
    std::string name;
    std::string description;  ///< a few words for --help and the docs
    Value value;
  };

  /// `what` names the kind of choice in messages: "detector".
  Table(std::string what, std::vector<Entry> entries)
      : what_(std::move(what)), entries_(std::move(entries)) {}

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }
  const std::string& what() const { return what_; }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const Entry& entry : entries_) out.push_back(entry.name);
    return out;
  }

  /// Throws Error kUsage, with the list of names there are, when `name` is not one of them.
  const Value& at(std::string_view name) const {
    for (const Entry& entry : entries_)
      if (entry.name == name) return entry.value;
    throw Error(ErrorCode::kUsage, text("unknown ", what_, " '", name, "'"),
                text("choose one of: ", joined(names())));
  }

 private:
  std::string what_;
  std::vector<Entry> entries_;
};

}  // namespace understudy
