#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/provenance/consent_check.h"
#include "understudy/stages/common.h"
#include "understudy/stages/reference_faces.h"

namespace understudy::stages {

struct NewConsentOptions {
  std::string subject, role, basis;
  std::string project, died;
  std::vector<std::string> uses, media, territory;
  std::string grantor, authority;  ///< who agreed in the subject's place; empty: the subject
  std::string guardian;            ///< who agreed for a minor; empty: the subject is none
  std::string until;               ///< YYYY-MM-DD, or empty
  std::filesystem::path evidence, output;
};

/// Writes a new consent record, with a comment for each field that may be filled in. Throws Error kUsage when
/// the output exists already: a record is never overwritten.
Outcome new_consent(const NewConsentOptions& options);

/// The records as text.
Outcome show_consent(const std::vector<std::filesystem::path>& files);

struct CheckConsentOptions {
  ConsentOptions consents;
  std::vector<std::filesystem::path> paths;    ///< records, datasets, models, delivered files
  std::string role;                            ///< that records must be for; empty: their own
  provenance::ConsentScope scope;              ///< what is asked of each
  std::vector<std::filesystem::path> records;  ///< that delivered files may name, who hold ids alone
  ReferencePictures references;                ///< of the person of each dataset; none: faces are not checked
  std::filesystem::path trust;                 ///< PEM with the roots that are trusted; empty: none
};

/// A line for each person: who, under which record, for which uses, until when, and whether it is signed.
/// Throws Error kRefused at the first who is not covered today, also where more than a few of a dataset's
/// faces are not those of the reference pictures; a few are failures of the report, as is a delivered file's
/// record that is not at hand.
Outcome check_consent(const CheckConsentOptions& options, Run& run);

/// A line for each consent record under which something below the folders was made.
Outcome list_consents(const std::vector<std::filesystem::path>& folders, const ConsentOptions& consents,
                      Run& run);

/// Who signs: a key and its certificates (PEM), or the local authority where both are empty.
struct SignOptions {
  std::filesystem::path key, certificates;
};

/// Writes FILE.sig beside each record, and signs what models were made from, see sign_model(). Throws Error
/// kFormat for what is neither, kInput and kFormat for a key or certificates that cannot be used.
Outcome sign_consents(const std::vector<std::filesystem::path>& files, const SignOptions& signer);

struct RevokeOptions {
  std::vector<std::string> records;  ///< files or ids
  std::filesystem::path list;        ///< made when it is not there
  std::string date, reason;          ///< YYYY-MM-DD, or empty: at once
  SignOptions signer;
};

/// Appends to the list of revocations and signs it anew. Throws Error kRefused when the list's own signature
/// is broken, kInput and kFormat.
Outcome revoke_consents(const RevokeOptions& options);

}  // namespace understudy::stages
