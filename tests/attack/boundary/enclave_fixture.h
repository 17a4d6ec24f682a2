// Starts the test image with a given host.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "host/runner.h"
#include "image/launch.h"
#include "image/symbols.h"

namespace occlum::boundary {

class EnclaveTest : public testing::Test {
protected:
    void build(u32 threads = 1) {
        auto image = image::EnclaveImage::read(BOUNDARY_ELF, threads);
        ASSERT_TRUE(image) << image.error();
        image_ = std::make_unique<image::EnclaveImage>(std::move(*image));
        static const host::SigningKey key = image::signing_key(BOUNDARY_ELF);
        auto enclave = image::build_enclave(*image_, image_->sign(key), options_);
        ASSERT_TRUE(enclave) << enclave.error();
        enclave_ = std::move(*enclave);
    }

    static std::vector<u8> boot(const std::string& action) {
        abi::BootConfig config;
        config.arguments = {action};
        return abi::encode_boot_config(config);
    }

    host::ServiceOptions service_options() {
        host::ServiceOptions options;
        options.explain = [this](const std::string& text) {
            aborted_ = image::with_symbols(image_->file(), text);
            return aborted_;
        };
        return options;
    }

    /// Runs `action` with the host class Host; the status.
    template <typename Host = host::Services>
    int run(const std::string& action, const std::function<void(Host&)>& prepare = {}) {
        if (!enclave_) build();
        if (HasFatalFailure()) return -1;
        Host services(*enclave_, boot(action), service_options(), 1);
        if (prepare) prepare(services);
        return host::run_enclave(*enclave_, services, std::span(image_->tcs_offsets()).first(1));
    }

    host::ModelOptions options_;
    std::unique_ptr<image::EnclaveImage> image_;
    std::unique_ptr<host::EnclaveBackend> enclave_;
    std::string aborted_;
};

}  // namespace occlum::boundary
