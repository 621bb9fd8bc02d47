package dev.diver.deploy.hypervisor;

import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.CommandLine.Option;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.image.Recognized.Carrier;
import dev.diver.kernels.image.Recognizer;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A bootable ISO image with GRUB and a multiboot kernel. It is in the cache by its content: the
 * same kernel with the same command line and modules is the same image.
 *
 * @param file where it is when the steps are done
 * @param steps that make it where it is not there
 */
record GrubIso(Path file, List<Step> steps) {

  private static final String PROGRAM = "grub-mkrescue";

  /** What grub-mkrescue calls. */
  private static final String IMAGE_WRITER = "xorriso";

  /** What grub-mkrescue calls to make the disk that UEFI reads. */
  private static final List<String> DISK_WRITERS = List.of("mformat", "mcopy");

  private static final String PLATFORMS = "/usr/lib/grub";

  /** All that its configuration uses, and no more: that makes it small and soon made. */
  private static final String MODULES =
      "normal multiboot multiboot2 boot reboot serial terminal echo";

  /** A BIOS machine. */
  private static final String BIOS_PLATFORM = "i386-pc";

  private static final String UEFI_PLATFORM = "x86_64-efi";

  private static final String KERNEL = "/boot/kernel";

  /** What GRUB's shell takes as it is. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._/:,=+@-]+");

  private record Content(String name, Path file) {}

  /** Whether QEMU's own loader cannot start it, so that GRUB has to. */
  static boolean isNeeded(Machine.Software.Multiboot kernel) {
    return kernel.version() == 2
        || Recognizer.of(kernel.image()).methods().stream()
            .anyMatch(m -> m.protocol() == Protocol.MULTIBOOT1 && m.carrier() == Carrier.GRUB_ISO);
  }

  /**
   * The image of this kernel.
   *
   * @param uefi whether UEFI is to boot it, not a BIOS
   * @param name of the kernel, for people
   */
  static GrubIso of(
      Machine.Software.Multiboot kernel, boolean uefi, String name, Host host, RunFolder run) {
    Path program = tool(host, PROGRAM, "grub-common", name);
    tool(host, IMAGE_WRITER, "xorriso", name);
    if (uefi) {
      DISK_WRITERS.forEach(tool -> tool(host, tool, "mtools", name));
    }
    Path platform = platform(uefi, name);
    List<Content> contents = new ArrayList<>(List.of(new Content(KERNEL, kernel.image())));
    for (Machine.Module module : kernel.modules()) {
      contents.add(new Content("/boot/module" + (contents.size() - 1), module.file()));
    }
    String configuration = configuration(kernel);
    Path iso = host.cache().resolve("iso").resolve(key(platform, configuration, contents) + ".iso");
    return new GrubIso(
        iso,
        List.of(new Step.Once(iso, steps(program, platform, configuration, contents, iso, run))));
  }

  private static List<Step> steps(
      Path program,
      Path platform,
      String configuration,
      List<Content> contents,
      Path iso,
      RunFolder run) {
    Path tree = run.path().resolve("iso");
    Path fresh = iso.resolveSibling("." + run.name() + ".new");
    List<Step> steps = new ArrayList<>();
    steps.add(new Step.MakeFolder(tree.resolve("boot/grub")));
    for (Content content : contents) {
      steps.add(new Step.Copy(content.file(), tree.resolve(content.name().substring(1))));
    }
    steps.add(
        new Step.Concatenate(
            tree.resolve("boot/grub/grub.cfg"), List.of(Step.Part.Text.utf8(configuration))));
    steps.add(
        new Step.Run(
            new CommandLine(
                program,
                List.of(
                    new Option("-d", Optional.of(platform.toString())),
                    new Option("--install-modules=" + MODULES, Optional.empty()),
                    new Option("--fonts=", Optional.empty()),
                    new Option("--locales=", Optional.empty()),
                    new Option("--themes=", Optional.empty()),
                    new Option("-o", Optional.of(fresh.toString())),
                    new Option(tree.toString(), Optional.empty())))));
    steps.add(new Step.Move(fresh, iso));
    return steps;
  }

  /**
   * What GRUB is to do. Where it cannot load the kernel, it says why on the serial line and resets
   * the machine, which ends the dive.
   */
  static String configuration(Machine.Software.Multiboot kernel) {
    boolean second = kernel.version() == 2;
    List<String> loads = new ArrayList<>();
    loads.add((second ? "multiboot2 " : "multiboot ") + KERNEL + words(kernel.commandLine()));
    for (Machine.Module module : kernel.modules()) {
      loads.add(
          (second ? "module2 " : "module ")
              + "/boot/module"
              + (loads.size() - 1)
              + words(module.commandLine().isEmpty() ? name(module) : module.commandLine()));
    }
    StringBuilder text = new StringBuilder();
    loads.forEach(load -> text.append("if ").append(load).append("; then\n"));
    text.append("boot\n").append("fi\n".repeat(loads.size()));
    text.append("serial --unit=0 --speed=115200\nterminal_output serial\n");
    loads.forEach(load -> text.append(load).append('\n'));
    return text.append("echo \"GRUB could not start it.\"\nreboot\n").toString();
  }

  /** What goes by no words of its own goes by its file's name, if GRUB can pass it. */
  private static String name(Machine.Module module) {
    String name = String.valueOf(module.file().getFileName());
    return PLAIN.matcher(name).matches() ? name : "";
  }

  /**
   * GRUB puts a kernel's command line together from words: it joins them with blanks, puts those
   * with blanks into double quotes, and quotes in them behind backslashes (GRUB,
   * grub-core/lib/cmdline.c). These are the words that come out as the command line that is wanted.
   */
  private static String words(String commandLine) {
    StringBuilder words = new StringBuilder();
    int at = 0;
    while (at < commandLine.length()) {
      boolean quoted = commandLine.charAt(at) == '"';
      int end = commandLine.indexOf(quoted ? '"' : ' ', at + (quoted ? 1 : 0));
      boolean open = end < 0 && quoted;
      if (end < 0) {
        end = commandLine.length();
      }
      String word = commandLine.substring(at + (quoted ? 1 : 0), end);
      int next = quoted ? end + 1 : end;
      boolean whole = next >= commandLine.length() || commandLine.charAt(next) == ' ';
      boolean plain = word.chars().noneMatch(c -> c == '"' || c == '\'' || c == '\\' || c < ' ');
      if (open || !whole || !plain || (quoted && word.indexOf(' ') < 0)) {
        throw new Failure(
                Failure.Kind.UNSUPPORTED,
                "The kernel is loaded by GRUB, which cannot hand over quotes and backslashes as"
                    + " they are, as in <"
                    + commandLine
                    + ">.",
                "Use words without quotes, backslashes and blanks.")
            .exception();
      }
      words.append(' ').append(PLAIN.matcher(word).matches() ? word : "'" + word + "'");
      at = next + 1;
    }
    return words.toString();
  }

  private static String key(Path platform, String configuration, List<Content> contents) {
    MessageDigest digest = Digest.newMessageDigest();
    digest.update((platform + "\n" + configuration).getBytes(StandardCharsets.UTF_8));
    for (Content content : contents) {
      try (InputStream in = Files.newInputStream(content.file());
          OutputStream fed = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
        long length = in.transferTo(fed);
        digest.update(("\n" + length + "\n").getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw IoFailure.of("read", content.file(), e);
      }
    }
    return Digest.of(digest).hex();
  }

  private static Path platform(boolean uefi, String name) {
    Path platform = Path.of(PLATFORMS, uefi ? UEFI_PLATFORM : BIOS_PLATFORM);
    if (!Files.isReadable(platform.resolve("multiboot2.mod"))) {
      throw missing(name, platform.toString(), uefi ? "grub-efi-amd64-bin" : "grub-pc-bin");
    }
    return platform;
  }

  private static Path tool(Host host, String program, String debianPackage, String name) {
    return host.program(program).orElseThrow(() -> missing(name, program, debianPackage));
  }

  private static RuntimeException missing(String name, String what, String debianPackage) {
    return new Failure(
            Failure.Kind.MISSING,
            name + " is loaded by GRUB, and there is no " + what + " to make its ISO with.",
            "Install it: sudo apt-get install -y " + debianPackage)
        .exception();
  }
}
