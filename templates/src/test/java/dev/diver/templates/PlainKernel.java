package dev.diver.templates;

import dev.diver.kernels.pack.Packer;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A kernel package without a kernel, for what needs no more. */
final class PlainKernel {

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
    Files.writeString(folder.resolve("plain.elf"), "image");
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
            summary = "No kernel at all"
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
