package dev.diver.kernels.pack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A small kernel folder for tests: an image, a header, a Makefile fragment, scripts. */
public final class SampleKernel {

  private static final String TOML =
      """
      name = "sample"
      version = "VERSION"
      summary = "A kernel for tests"
      tags = ["test"]
      license = "Apache-2.0"
      homepage = "https://example.org"

      [boot]
      protocol = "pvh"
      image = "build/sample.elf"

      [modes.full-vm]
      memory = "64M"

      [sdk]
      files = ["include/**", "sdk/net.mk"]
      makefile = "sdk/net.mk"

      [scripts]
      build = "scripts/build"
      """;

  /** A real one, made from a few lines of assembly. */
  private static final Path IMAGE = Path.of("../e2e/kernels/build/pvh.elf");

  private SampleKernel() {}

  /** A kernel that boots by PVH, with something behind it to tell it from others. */
  public static byte[] image(String more) throws IOException {
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    image.write(Files.readAllBytes(IMAGE));
    image.write(more.getBytes(StandardCharsets.UTF_8));
    return image.toByteArray();
  }

  /** Writes the folder with this image. Returns its kernel.toml. */
  public static Path write(Path folder, String version, byte[] image) throws IOException {
    Files.createDirectories(folder.resolve("build"));
    Files.createDirectories(folder.resolve("include/sample"));
    Files.createDirectories(folder.resolve("sdk"));
    Files.createDirectories(folder.resolve("scripts"));
    Files.write(folder.resolve("build/sample.elf"), image);
    Files.writeString(folder.resolve("include/sample/sample.h"), "int sample(void);\n");
    Files.writeString(folder.resolve("sdk/net.mk"), "CC ?= musl-gcc\n");
    script(folder.resolve("scripts/build"), "echo building");
    return Files.writeString(folder.resolve("kernel.toml"), TOML.replace("VERSION", version));
  }

  /** Writes an executable shell script. */
  static Path script(Path path, String body) throws IOException {
    Files.writeString(path, "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
