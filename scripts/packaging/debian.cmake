# Settings of CPack: `cpack` makes understudy_VERSION_ARCH.deb and, for those who link to the library, understudy-dev.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL programs development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "batch face replacement with consent and provenance")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
if(NOT CPACK_PACKAGE_CONTACT)
  set(CPACK_PACKAGE_CONTACT "Understudy maintainers <maintainers@understudy.invalid>")
endif()

set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME understudy)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION video)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SHLIBDEPS ON)
# Read as files: the words of labels.
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_DEPENDS fonts-dejavu-core)
if(UNDERSTUDY_DLIB_LANDMARKS MATCHES "^/usr/share/dlib/")
  string(APPEND CPACK_DEBIAN_PROGRAMS_PACKAGE_DEPENDS ", libdlib-data")
endif()
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SUGGESTS "parallel, slurm-client")
set(CPACK_COMPONENT_PROGRAMS_DESCRIPTION "Understudy replaces a performer's face in footage with the likeness of a
person who has agreed to it: programs for shells and render farms that extract,
align, train, convert and merge. Consent records are required, and what is
delivered says how it was made.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME understudy-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# What lib/understudy/dependencies.cmake looks for.
set(development_packages libtorch-dev libopencv-dev libopenimageio-dev libopencolorio-dev libfreetype-dev libavformat-dev libavcodec-dev
    libavfilter-dev libavutil-dev libswscale-dev libcli11-dev libspdlog-dev nlohmann-json3-dev libtomlplusplus-dev libssl-dev zlib1g-dev
    libdeflate-dev libdnnl-dev libdlib-dev libblas-dev liblapack-dev pkg-config)
list(JOIN development_packages ", " CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "The static libraries of Understudy, one a room, their headers, and the
configuration with which CMake's find_package(understudy) finds them.")
