"""A recipe of Conan 2, which packages the checkout that it lies in: conan create cmake/packaging/conan"""
import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy


class XgradRecipe(ConanFile):
    name = "xgrad"
    version = "0.2.0"
    license = "BSD-3-Clause"
    description = "Tape-based automatic differentiation of tensor programs"
    topics = ("automatic-differentiation", "tensors", "neural-networks")
    package_type = "library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"shared": [True, False], "fPIC": [True, False], "images": [True, False]}
    default_options = {"shared": False, "fPIC": True, "images": False, "openblas/*:build_lapack": True}

    def export_sources(self):
        checkout = os.path.join(self.recipe_folder, "..", "..", "..")
        for pattern in ("CMakeLists.txt", "LICENSE", "README.md", "CHANGELOG.md", "cmake/*", "autograd/*", "nn/*", "data/*",
                        "docs/*"):
            copy(self, pattern, checkout, self.export_sources_folder)

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)

    # Versions are those that the library is tested with in Debian 12, or later ones with the same headers.
    def requirements(self):
        self.requires("fmt/[>=9.1 <11]")
        self.requires("nlohmann_json/[>=3.11 <4]")
        self.requires("openblas/[>=0.3.20 <0.4]")
        self.requires("xsimd/8.1.0")
        self.requires("xtensor/0.24.3", transitive_headers=True)
        self.requires("xtensor-blas/0.20.0")
        self.requires("zlib/[>=1.2.11 <2]")
        if self.options.images:
            self.requires("libjpeg/[>=9e]")
            self.requires("libpng/[>=1.6 <2]")

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["BLA_VENDOR"] = "OpenBLAS"
        toolchain.cache_variables["XGRAD_IMAGES"] = bool(self.options.images)
        toolchain.cache_variables["XGRAD_ONNX"] = False
        toolchain.cache_variables["XGRAD_MPI"] = False
        for part in ("TESTS", "APPS", "BENCH", "EXAMPLES"):
            toolchain.cache_variables[f"XGRAD_BUILD_{part}"] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    # The CMake package that xgrad itself installs is the one to find.
    def package_info(self):
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "xgrad")]
        self.cpp_info.includedirs = [os.path.join("include", "xgrad")]
        self.cpp_info.libs = (["xgrad_images"] if self.options.images else []) + ["xgrad"]
