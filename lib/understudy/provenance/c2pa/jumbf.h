#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace understudy::provenance::c2pa {

/// A box that is no superbox. Views into the bytes that were parsed.
struct ContentBox {
  std::string_view type;  ///< four characters: "cbor", "json", "bfdb", "bidb", "uuid"
  std::string_view payload;
};

/// A JUMBF superbox (ISO/IEC 19566-5) as C2PA uses it. Views into the bytes that were parsed.
struct Superbox {
  std::string_view type;   ///< first four bytes of the type UUID: "c2pa", "c2ma", "c2as", "c2cl", "c2cs" ...
  std::string_view label;  ///< without the NUL behind it
  std::string_view bytes;  ///< the whole box, header and all
  std::vector<ContentBox> contents;  ///< either these are empty
  std::vector<Superbox> children;    ///< or these

  /// What a hashed URI's hash is made of: the box without its header of 8 bytes.
  std::string_view hashed() const { return bytes.substr(8); }
  /// The child of that label, null when there is none.
  const Superbox* child(std::string_view name) const;
};

/// Size, type (four characters), payload.
std::string box_bytes(std::string_view type, std::string_view payload);

/// A superbox: description box with the type (four characters) and the label, then `content`, boxes one
/// after another.
std::string superbox_bytes(std::string_view type, std::string_view label, std::string_view content);

/// A superbox of type "cbor" that holds one box with `cbor`: what assertions are.
std::string cbor_superbox(std::string_view label, std::string_view cbor);

/// Parses one superbox that fills `bytes` exactly. Every byte belongs to something that was understood: boxes
/// fill what holds them, a description holds a type, a label and nothing else but a salt ("c2sh", 16 or 32
/// bytes), a superbox holds either superboxes or content boxes, labels among siblings differ. `where` names
/// the bytes in messages. Throws Error kFormat, with the offset, for anything else, and for more than 16
/// levels.
Superbox parse_jumbf(std::string_view bytes, std::string_view where);

}  // namespace understudy::provenance::c2pa
