package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.reference.KernelReference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;

/** {@code diver kernel new}. */
final class KernelNew implements Verb {

  /** What a new kernel's folder gets, and the resources that they are. */
  private static final Map<String, String> FILES =
      Map.of(
          "kernel.toml", "kernel.toml",
          "Makefile", "Makefile",
          "README.md", "README.md",
          ".gitignore", "gitignore",
          "src/boot.S", "src/boot.S",
          "src/main.c", "src/main.c",
          "src/kernel.ld", "src/kernel.ld",
          "scripts/build", "scripts/build",
          "scripts/test", "scripts/test");

  @Override
  public void describe(Page page) {
    page.description(
            """
            Makes the folder of a new kernel: a commented kernel.toml, scripts that build and test \
            it, and a kernel of a hundred lines that boots, prints, and reports its exit status.\
            """)
        .argument("NAME", "the kernel's name, or the path of the folder to make")
        .example("Make a kernel and see it boot", "kernel new mine")
        .example("Then build it, before its test", "kernel build mine");
  }

  @Override
  public int run(Given given, Shell shell) {
    Path folder = shell.path(given.required(0));
    String name = Optional.ofNullable(folder.getFileName()).map(Path::toString).orElse("");
    if (!KernelReference.isName(name)) {
      throw new UsageException(
          "\"" + name + "\" is not a name for a kernel.",
          "Use lower-case letters and digits, with single dots, dashes or underscores between"
              + " them.");
    }
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new Failure(
              Failure.Kind.CONFLICT, folder + " exists already.", "Choose another name or place.")
          .exception();
    }
    try {
      for (Map.Entry<String, String> file : FILES.entrySet()) {
        write(folder.resolve(file.getKey()), text(file.getValue()).replace("{{name}}", name));
      }
    } catch (IOException e) {
      throw IoFailure.of("write to", folder, e);
    }
    String typed = given.required(0);
    shell.println("Made the kernel " + name + " in " + folder);
    shell.say(
        "Build and test it with: diver kernel build " + typed + " && diver kernel test " + typed);
    return 0;
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(Optional.ofNullable(file.getParent()).orElseThrow());
    Files.writeString(file, text);
    if (text.startsWith("#!")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private static String text(String resource) throws IOException {
    try (InputStream in =
        KernelNew.class.getResourceAsStream("/dev/diver/cli/kernel/" + resource)) {
      if (in == null) {
        throw new IllegalStateException("the build left out " + resource);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
