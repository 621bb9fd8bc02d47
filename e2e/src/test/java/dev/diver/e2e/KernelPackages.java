package dev.diver.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel packages of this repository, and what a publisher does with them. */
public final class KernelPackages {

  public static final Path REMORA = Shell.ROOT.resolve("kernel-specs/kernels/remora");
  public static final Path LINUX = Shell.ROOT.resolve("kernel-specs/kernels/linux");

  private KernelPackages() {}

  /** Builds one and publishes it to the publisher's catalog. */
  public static void publish(Shell publisher, Path kernel) {
    Expect.success(publisher.diver("kernel", "build", "--quiet", kernel.toString()));
    Expect.success(publisher.diver("publish", kernel.toString()));
  }

  /** A built package of remora's by another name, in the publisher's folder. */
  public static Path copyOfRemora(Shell publisher, String name) {
    Path copy = publisher.folder().resolve(name);
    Expect.success(publisher.run("make", "-s", "-C", REMORA.toString()));
    Expect.success(publisher.run("cp", "-r", REMORA.toString(), copy.toString()));
    editSpec(copy, "(?m)^name = .*", "name = \"" + name + "\"");
    return copy;
  }

  /** Replaces the first match of a pattern in a package's kernel.toml. */
  static void editSpec(Path kernel, String pattern, String replacement) {
    Path spec = kernel.resolve("kernel.toml");
    try {
      Files.writeString(spec, Files.readString(spec).replaceFirst(pattern, replacement));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
