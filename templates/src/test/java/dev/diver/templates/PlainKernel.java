package dev.diver.templates;

import dev.diver.kernels.pack.Packer;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A kernel package with a kernel of a few lines, for what needs no more. */
final class PlainKernel {

  /** What boots. */
  static final Path IMAGE = Path.of("../e2e/kernels/build/pvh.elf");

  private PlainKernel() {}

  /**
   * Packs {@code plain:1.0}.
   *
   * @param templates as kernel.toml lists them, in quotes
   */
  static StoredKernel pack(Path folder, KernelStore store, String templates) throws IOException {
    return pack(folder, store, templates, "");
  }

  /**
   * The same with more in its kernel.toml.
   *
   * @param more tables at its end
   */
  static StoredKernel pack(Path folder, KernelStore store, String templates, String more)
      throws IOException {
    Files.createDirectories(folder.resolve("sdk"));
    Files.createDirectories(folder.resolve("include"));
    Files.copy(IMAGE, folder.resolve("plain.elf"), StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(folder.resolve("sdk/net.mk"), "# fragment\n");
    Files.writeString(folder.resolve("include/plain.h"), "int plain(void);\n");
    Files.writeString(folder.resolve("build"), "#!/bin/sh\n");
    if (!folder.resolve("build").toFile().setExecutable(true)) {
      throw new IOException("cannot make the script executable");
    }
    Path toml =
        Files.writeString(
            folder.resolve("kernel.toml"),
            """
            name = "plain"
            version = "1.0"
            summary = "A kernel of a few lines"
            license = "Apache-2.0"

            [boot]
            protocol = "pvh"
            image = "plain.elf"

            [modes.full-vm]

            [sdk]
            files = ["include/**", "sdk/net.mk"]
            makefile = "sdk/net.mk"
            templates = [%s]

            [scripts]
            build = "build"

            %s
            """
                .formatted(templates, more));
    return Packer.pack(toml, store);
  }
}
