package dev.diver.kernels.pack;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.image.Recognized;
import dev.diver.kernels.image.Recognizer;
import dev.diver.kernels.spec.KernelSpec;
import java.nio.file.Path;
import java.util.Optional;

/** Holds what a build left to what kernel.toml says of it. */
final class ImageCheck {

  private ImageCheck() {}

  /** What the image is; INVALID where it does not boot by the protocol that the spec names. */
  static Recognized require(Path image, KernelSpec spec, Path kernelToml) {
    Recognized recognized = Recognizer.of(image);
    KernelSpec.Protocol wanted = spec.boot().protocol();
    boolean boots = recognized.boots(wanted);
    Optional<Recognized.Problem> fatal = recognized.fatal();
    if (boots && fatal.isEmpty()) {
      return recognized;
    }
    String what =
        "%s: boot.image: %s does not boot by %s: %s"
            .formatted(
                kernelToml,
                spec.boot().image(),
                wanted,
                boots || recognized.methods().isEmpty()
                    ? fatal.map(Recognized.Problem::what).orElse(recognized.what() + ".")
                    : recognized.what() + ".");
    String remedy =
        boots || recognized.method().isEmpty()
            ? fatal.map(Recognized.Problem::remedy).orElse("Build what boots.")
            : "Write protocol = \"" + recognized.method().get().protocol() + "\" if that is it.";
    throw new Failure(Failure.Kind.INVALID, what, remedy).exception();
  }
}
