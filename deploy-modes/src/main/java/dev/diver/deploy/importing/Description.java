package dev.diver.deploy.importing;

import dev.diver.deploy.importing.Finding.Basis;
import dev.diver.deploy.importing.ImportRequest.Like;
import dev.diver.kernels.image.Compression;
import dev.diver.kernels.image.Recognized;
import dev.diver.kernels.image.Recognized.Form;
import dev.diver.kernels.image.Recognized.Method;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.spec.KernelSpec.Boot;
import dev.diver.kernels.spec.KernelSpec.Firmware;
import dev.diver.kernels.spec.KernelSpec.ModeNeeds;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import dev.diver.kernels.spec.MemorySize;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Describes a kernel by what its file tells, by what it is like, and by what is usual.
 *
 * @param file that boots
 * @param packed how it was compressed before
 * @param like whose conventions it follows
 * @param files what it boots, as paths in its folder
 */
record Description(
    Recognized file, Optional<Compression> packed, Optional<Like> like, Files files) {

  /**
   * What a kernel boots with, as paths relative to kernel.toml.
   *
   * @param image what boots
   * @param modules with their command lines
   * @param initrd a ramdisk of its own
   * @param disks of its own
   * @param headers whether there are any
   */
  record Files(
      String image,
      List<String> modules,
      Optional<String> initrd,
      List<String> disks,
      boolean headers) {}

  private static final int MAX_SUMMARY = 250;

  /**
   * The shipped Linux keeps its messages off the app's line; an init of its own talks there, too.
   */
  private static final String KERNEL_LINE = "console=ttyS1";

  private static final String APP_LINE = "console=ttyS0";

  /** What a Linux says of itself (init/version.c, linux_banner; arch/x86/boot/version.c). */
  private static final Pattern LINUX_VERSION = Pattern.compile("(\\d+\\.\\d+\\S*) \\(.*#\\d.*");

  private static final String NEEDS = "modes.full-vm.";

  /** The firmware takes half of it. */
  private static final MemorySize UEFI_LEAST = MemorySize.parse("128M");

  /** These have no command line. */
  private static final Set<Protocol> WORDLESS = Set.of(Protocol.DISK, Protocol.ISO);

  /** What is said there of these is not about this file. */
  private static final Set<String> OWN = Set.of("", "name", "version", "boot.image");

  /** Whether it is a Linux, and not just something that boots as one does. */
  static boolean isLinux(Recognized file) {
    return file.form() == Form.BZ_IMAGE
        && file.version().filter(v -> LINUX_VERSION.matcher(v).matches()).isPresent();
  }

  /** The draft of its spec. */
  Draft draft(KernelReference name, boolean nameGiven) {
    KernelSpec base = like.map(Like::spec).orElseGet(Specs::unknown);
    Method method = method(base);
    Draft draft = new Draft(identity(base, name, method), List.of());
    draft = names(draft, nameGiven);
    draft = protocol(draft, method);
    draft = parts(draft);
    draft = conventions(draft);
    return machine(draft, method);
  }

  /** How it is booted: as what it is like is, where it can be, else in the best way. */
  private Method method(KernelSpec base) {
    return file.methods().stream()
        .filter(m -> like.isPresent() && m.protocol() == base.boot().protocol())
        .findFirst()
        .orElseGet(() -> file.method().orElseThrow());
  }

  private KernelSpec identity(KernelSpec base, KernelReference name, Method method) {
    Boot boot = base.boot();
    boolean words = !WORDLESS.contains(method.protocol());
    String line =
        hasInit(boot) ? boot.commandLine().replace(KERNEL_LINE, APP_LINE) : boot.commandLine();
    Boot own =
        new Boot(
            method.protocol(),
            files.image(),
            words ? line : "",
            boot.quoting(),
            hasInit(boot) ? AppDelivery.NONE : boot.app(),
            boot.console(),
            method.firmware(),
            files.modules(),
            files.initrd(),
            files.disks(),
            boot.ready(),
            boot.upWithin(),
            boot.hints());
    KernelSpec none = Specs.unknown();
    return new KernelSpec(
        name.name(),
        name.tag().orElseThrow(),
        summary(base),
        like.isPresent() ? base.description() : "",
        base.tags(),
        base.license(),
        base.homepage(),
        "x86_64",
        base.abi(),
        base.languages(),
        base.movingTags(),
        own,
        base.exit(),
        Map.of(Draft.FULL_VM, needs(base, method)),
        Optional.empty(),
        base.syscalls(),
        new KernelSpec.Sdk(
            files.headers() ? List.of(ImportFolder.INCLUDE + "/**") : List.of(),
            Optional.empty(),
            List.of()),
        none.scripts(),
        none.net(),
        none.source(),
        none.provenance());
  }

  /** What it is like needs, on a machine that can boot this file. */
  private ModeNeeds needs(KernelSpec base, Method method) {
    String first = machines(method).getFirst();
    ModeNeeds needs =
        Optional.ofNullable(base.modes().get(Draft.FULL_VM)).orElseGet(() -> Specs.needs(first));
    boolean kept = like.isPresent() && fits(needs.machine(), method);
    ModeNeeds fitting = kept ? needs : Specs.with(needs, first, needs.cpuFeatures());
    return method.firmware() == Firmware.UEFI ? withRoom(fitting) : fitting;
  }

  private static ModeNeeds withRoom(ModeNeeds needs) {
    MemorySize least = needs.memoryMin().compareTo(UEFI_LEAST) < 0 ? UEFI_LEAST : needs.memoryMin();
    return new ModeNeeds(
        needs.machine(),
        needs.cpu(),
        needs.memory().compareTo(least) < 0 ? least : needs.memory(),
        least,
        needs.cpusMax(),
        needs.devices(),
        needs.cpuFeatures(),
        needs.hypervisors(),
        needs.smp(),
        needs.netDevice());
  }

  /** A kernel with a ramdisk of its own has its init in there, where others have the app. */
  private boolean hasInit(Boot boot) {
    return files.initrd().isPresent()
        && (boot.app() == AppDelivery.INITRAMFS || boot.app() == AppDelivery.INITRD);
  }

  private String summary(KernelSpec base) {
    if (like.isPresent()) {
      return base.summary();
    }
    String text = file.what() + file.version().map(v -> ", " + v).orElse("");
    String line = text.replaceAll("[\\p{Cc}\\p{Cf}]", "?").strip();
    return line.substring(0, Math.min(MAX_SUMMARY, line.length()));
  }

  /** QEMU's machines that can boot it, with options. */
  static List<String> machines(Method method) {
    return method.machines().stream()
        .map(type -> type.equals("microvm") ? "microvm,pit=on,pic=on,rtc=on" : type)
        .toList();
  }

  static boolean fits(String machine, Method method) {
    return method.machines().contains(machine.split(",", 2)[0]);
  }

  private Draft names(Draft draft, boolean nameGiven) {
    draft =
        nameGiven
            ? draft.because("name", Basis.GIVEN, "by --name")
            : draft.because("name", Basis.ASSUMED, "made of the file's name; --name gives another");
    if (like.isPresent()) {
      String other = like.get().name();
      return draft
          .because("summary", Basis.LIKE, "what " + other + " says of itself")
          .because("license", Basis.LIKE, "that of " + other + "; yours may differ");
    }
    return draft
        .because("summary", Basis.ASSUMED, "say in one line what the kernel is for")
        .because("tags", Basis.UNKNOWN, "words to find it by, as in [\"hpc\", \"unikernel\"]")
        .because("license", Basis.UNKNOWN, "an SPDX expression, as in \"Apache-2.0\"")
        .because("homepage", Basis.UNKNOWN, "where people read more\nhomepage = \"https://…\"")
        .because(
            "abi",
            Basis.ASSUMED,
            "it runs only what is written for it; \"linux\" for Linux executables as they are,"
                + " \"linux-source\" for Linux programs compiled again");
  }

  private Draft protocol(Draft draft, Method method) {
    List<String> found = new ArrayList<>();
    file.evidence()
        .forEach(e -> found.add("  at byte 0x%x: %s".formatted(e.offset(), e.meaning())));
    draft =
        draft.because("boot.protocol", Basis.FOUND, file.what() + "\n" + String.join("\n", found));
    if (method.entry().isPresent()) {
      String entry = "entered at 0x%x".formatted(method.entry().get());
      draft = draft.because("boot.protocol", Basis.FOUND, entry);
    }
    for (Method other : file.methods()) {
      if (other.protocol() != method.protocol()) {
        draft =
            draft.because(
                "boot.protocol", Basis.FOUND, "it could boot by " + other.protocol() + ", too");
      }
    }
    for (Recognized.Problem problem : file.problems()) {
      draft = draft.because("boot.image", Basis.FOUND, problem.what() + " " + problem.remedy());
    }
    Optional<Protocol> others = like.map(l -> l.spec().boot().protocol());
    if (others.filter(p -> p != method.protocol()).isPresent()) {
      draft =
          draft.because(
              "boot.protocol",
              Basis.FOUND,
              like.get().name() + " boots by " + others.get() + ", which this file does not offer");
    }
    String architecture = file.architecture().orElse("x86_64");
    draft =
        architecture.equals("x86_64")
            ? draft
            : draft.because("arch", Basis.FOUND, architecture + " code, on an x86_64 machine");
    return method.firmware() == Firmware.UEFI
        ? draft
            .because("boot.firmware", Basis.FOUND, "it is started by UEFI firmware")
            .because(NEEDS + "memory-min", Basis.FOUND, "the firmware alone takes 64M")
        : draft;
  }

  private Draft parts(Draft draft) {
    draft =
        packed.isPresent()
            ? draft.because(
                "boot.image",
                Basis.FOUND,
                "unpacked from " + packed.get() + ", which no loader does")
            : draft;
    draft = given(draft, "boot.modules", "--module", !files.modules().isEmpty());
    draft = given(draft, "boot.initrd", "--initrd", files.initrd().isPresent());
    draft = given(draft, "boot.disks", "--disk", !files.disks().isEmpty());
    Optional<Boot> other = like.map(l -> l.spec().boot());
    if (other.filter(boot -> boot.modules().size() > files.modules().size()).isPresent()) {
      String wanted = String.join(", ", other.get().modules());
      draft =
          draft.because(
              "boot.modules",
              Basis.UNKNOWN,
              like.get().name() + " boots with modules: " + wanted + "; give them with --module");
    }
    if (other.filter(boot -> !boot.disks().isEmpty() && files.disks().isEmpty()).isPresent()) {
      draft =
          draft.because(
              "boot.disks", Basis.UNKNOWN, like.get().name() + " has disks; give them with --disk");
    }
    return draft;
  }

  private static Draft given(Draft draft, String field, String option, boolean isGiven) {
    return isGiven ? draft.because(field, Basis.GIVEN, "by " + option) : draft;
  }

  private Draft conventions(Draft draft) {
    Boot boot = draft.spec().boot();
    if (like.isPresent()) {
      String as = "as " + like.get().name();
      draft = draft.because("boot.app", Basis.LIKE, as);
      for (String field : List.of("command-line", "console")) {
        draft = draft.because("boot." + field, Basis.LIKE, as);
      }
      draft = draft.because("exit.convention", Basis.LIKE, as);
      for (var comment : like.get().comments().entrySet()) {
        if (!OWN.contains(comment.getKey())) {
          draft = draft.because(comment.getKey(), Basis.LIKE, comment.getValue());
        }
      }
      return hasInit(like.get().spec().boot())
          ? draft.insteadBecause("boot.app", Basis.ASSUMED, "the app is in the given ramdisk")
          : draft;
    }
    if (!WORDLESS.contains(boot.protocol())) {
      draft =
          draft.because(
              "boot.command-line",
              Basis.ASSUMED,
              "the app's arguments and nothing else; add what the kernel wants to be told, and"
                  + " {env} where it takes an environment");
      draft =
          draft.because(
              "boot.quoting",
              Basis.ASSUMED,
              "arguments with blanks cannot be passed; or sh, linux");
    }
    return draft
        .because(
            "boot.app",
            Basis.ASSUMED,
            "the app is linked into the image; or initrd, initramfs, module (the last multiboot"
                + " module), disk (the first disk)")
        .because("boot.console", Basis.ASSUMED, "the first serial line; or debugcon, vga, none")
        .because(
            "boot.ready",
            Basis.UNKNOWN,
            "a regular expression for the text that says that it is up\nready = '…'")
        .because(
            "exit.convention",
            Basis.ASSUMED,
            "a clean power-off means success; or debug-exit, console-text, console-pattern")
        .because(
            "exit.reset", Basis.ASSUMED, "a reset or triple fault means that the kernel failed");
  }

  private Draft machine(Draft draft, Method method) {
    String types = String.join(", ", method.machines());
    draft =
        draft.because(
            NEEDS + "machine", Basis.FOUND, "machines that can boot a file like this: " + types);
    if (like.isPresent()) {
      return draft.because(NEEDS + "machine", Basis.LIKE, "as " + like.get().name());
    }
    return draft
        .because(NEEDS + "memory", Basis.ASSUMED, "what a dive gets unless it asks for more")
        .because(NEEDS + "memory-min", Basis.ASSUMED, "the least that it runs with")
        .because(NEEDS + "cpus-max", Basis.ASSUMED, "how many cores it can use");
  }
}
