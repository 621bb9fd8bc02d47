package dev.diver.kernels.spec;

import dev.diver.kernels.document.RecordBinder;
import dev.diver.kernels.document.TomlComments;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The kernels whose spec is part of the program, as {@code kernels/NAME/kernel.toml}: how each
 * boots, exits and takes its app. Of most there is no image here; their specs are what a spec for
 * somebody's own image of them starts from.
 */
public final class KnownKernels {

  private static final List<String> NAMES =
      List.of(
          "hermit",
          "kitten",
          "linux",
          "mckernel",
          "mos",
          "nanos",
          "nautilus",
          "osv",
          "remora",
          "solo5",
          "unikraft");

  private KnownKernels() {}

  /** All names, sorted. */
  public static List<String> names() {
    return NAMES;
  }

  /** What is known of a kernel; NOT_FOUND, with the names that there are, for another name. */
  public static KernelSpec read(String name) {
    return KernelSpecToml.read(name + "/kernel.toml", text(name));
  }

  /** What is said of its facts and where they are from, by field; see {@link TomlComments#of}. */
  public static Map<String, String> comments(String name) {
    return TomlComments.of(text(name));
  }

  /**
   * The same as it is written, with the comments that say where a fact is from; NOT_FOUND, with the
   * names that there are, for another name.
   */
  public static String text(String name) {
    if (!NAMES.contains(name)) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              "Diver has no spec of a kernel named \"" + name + "\".",
              RecordBinder.suggestion(name, NAMES))
          .exception();
    }
    try (InputStream in =
        Objects.requireNonNull(
            KnownKernels.class.getResourceAsStream("known/" + name + "/kernel.toml"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
