#pragma once

#include <familiar/encoder/text_encoder.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace familiar::encoder {

/// An encoder whose type is known at run time only. Copies share the encoder, so that a plug-in and a selector over the
/// same model hold it once; like the encoders themselves it serves one caller at a time.
class AnyEncoder {
  public:
    template <class E>
        requires(!std::same_as<std::remove_cvref_t<E>, AnyEncoder> && TextEncoder<std::remove_cvref_t<E>>)
    AnyEncoder(E&& encoder) : model_(std::make_shared<Model<std::remove_cvref_t<E>>>(std::forward<E>(encoder))) {}

    [[nodiscard]] std::size_t dimension() const { return model_->dimension(); }
    void embed(std::span<const Example> examples, tensor::MatrixView<float> out) { model_->embed(examples, out); }
    [[nodiscard]] std::string identity() const { return model_->identity(); }

  private:
    struct Interface {
        virtual ~Interface() = default;
        virtual std::size_t dimension() = 0;
        virtual void embed(std::span<const Example>, tensor::MatrixView<float>) = 0;
        virtual std::string identity() = 0;
    };

    template <TextEncoder E> struct Model final : Interface {
        template <class Given> explicit Model(Given&& given) : encoder(std::forward<Given>(given)) {}
        std::size_t dimension() override { return encoder.dimension(); }
        void embed(std::span<const Example> examples, tensor::MatrixView<float> out) override {
            encoder.embed(examples, out);
        }
        std::string identity() override { return encoder.identity(); }
        E encoder;
    };

    std::shared_ptr<Interface> model_;
};

static_assert(TextEncoder<AnyEncoder>);

} // namespace familiar::encoder
