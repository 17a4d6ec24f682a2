#include "kernel/boot/configuration.h"

#include "enclave/host.h"

namespace occlum::kernel {

const abi::MeasuredConfig& measured_config() {
    static const auto& config = [] -> const abi::MeasuredConfig& {
        auto decoded = abi::decode_measured_config(enclave::measured_config());
        if (!decoded) enclave::panic("the measured configuration is malformed");
        return *new abi::MeasuredConfig(std::move(*decoded));
    }();
    return config;
}

Result<abi::BootConfig> boot_configuration() {
    return abi::admit(measured_config(), TRY(enclave::host_boot_config()));
}

}  // namespace occlum::kernel
