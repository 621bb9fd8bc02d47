package dev.diver.kernels.spec;

import dev.diver.kernels.document.FieldProblem;
import dev.diver.kernels.reference.KernelReference;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** What must hold of a kernel spec beyond its types. A spec may come from a stranger's package. */
final class KernelSpecChecks {

  private static final int MAX_LINE = 300;
  private static final int MAX_PATTERN = 200;
  private static final int MAX_CPUS = 4096;
  private static final Pattern WORD = Pattern.compile("[a-z0-9][a-z0-9_+.-]{0,63}");
  private static final Pattern LICENSE = Pattern.compile("[A-Za-z0-9 ().+:-]{0,200}");
  private static final Pattern HOMEPAGE = Pattern.compile("https?://[^\\s\\p{Cntrl}]{1,500}");

  /** A QEMU option value: a name and simple properties; no path, so no file of the host. */
  private static final Pattern QEMU_OPTION =
      Pattern.compile("[A-Za-z0-9_.+-]+(,[A-Za-z0-9_.+-]+(=[A-Za-z0-9_.:+-]*)?)*");

  /** Properties and devices of QEMU that read or write files of the host even without a slash. */
  private static final Pattern QEMU_HOST_FILE =
      Pattern.compile(
          "(^|.*,)((guest-)?loader|vfio-.*|vhost-.*|.*file|kernel|initrd|dtb|dumpdtb|firmware"
              + "|memory-backend|pflash[01])([,=].*|$)");

  private KernelSpecChecks() {}

  static Optional<FieldProblem> firstProblem(KernelSpec spec) {
    return List.of(
            identity(spec),
            boot(spec.boot()),
            exit(spec.exit()),
            modes(spec.modes()),
            spec.gpos().flatMap(KernelSpecChecks::gpos),
            rest(spec))
        .stream()
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<FieldProblem> identity(KernelSpec spec) {
    return first(
        check(
            KernelReference.isName(spec.name()),
            "name",
            "is \"" + spec.name() + "\", which is not a name.",
            "Write lower-case letters and digits, joined by . _ - or /, as in hexsa/nautilus."),
        check(
            KernelReference.isTag(spec.version()),
            "version",
            "is \"" + spec.version() + "\", which cannot be a tag.",
            "Write at most 128 letters, digits, dots, dashes or underscores, as in 0.1.0."),
        check(
            isLine(spec.summary()) && !spec.summary().isBlank(),
            "summary",
            "is not one line of text.",
            "Say in one line of at most " + MAX_LINE + " characters what the kernel is for."),
        check(
            spec.description().chars().noneMatch(KernelSpecChecks::isControl),
            "description",
            "has control characters.",
            "Remove them."),
        each("tags", spec.tags(), WORD, "Write a lower-case word, as in hpc."),
        check(
            LICENSE.matcher(spec.license()).matches(),
            "license",
            "is not an SPDX expression.",
            "Write one, as in Apache-2.0."),
        check(
            spec.homepage().filter(h -> !HOMEPAGE.matcher(h).matches()).isEmpty(),
            "homepage",
            "is not a web address.",
            "Write it with http:// or https://."),
        check(
            WORD.matcher(spec.arch()).matches(),
            "arch",
            "is \"" + spec.arch() + "\", which is not an architecture.",
            "Write it as uname -m prints it, as in x86_64."),
        each(
            "moving-tags",
            spec.movingTags(),
            KernelReference::isTag,
            "Write a tag, as in latest."));
  }

  private static Optional<FieldProblem> boot(KernelSpec.Boot boot) {
    return first(
        path("boot.image", boot.image()),
        check(
            isLine(boot.commandLine()),
            "boot.command-line",
            "is not one line.",
            "Write at most " + MAX_LINE + " characters in one line."));
  }

  private static Optional<FieldProblem> exit(KernelSpec.Exit exit) {
    if (exit.convention() == KernelSpec.ExitConvention.REPORT) {
      return check(
          exit.pattern().isEmpty() && exit.coding().isEmpty(),
          exit.pattern().isPresent() ? "exit.pattern" : "exit.coding",
          "is given, but the convention is report.",
          "Remove it, or write convention = \"console-pattern\".");
    }
    return first(
        check(
            exit.pattern().isPresent(),
            "exit.pattern",
            "is missing.",
            "Give the regular expression whose group 1 is the status."),
        check(
            exit.coding().isPresent(),
            "exit.coding",
            "is missing.",
            "Write decimal or wait-status-hex."),
        exit.pattern().flatMap(KernelSpecChecks::pattern));
  }

  private static Optional<FieldProblem> pattern(String pattern) {
    String remedy = "Write one with a group around the status, as in 'exitcode=([0-9]+)'.";
    try {
      return first(
          check(
              Pattern.compile(pattern).matcher("").groupCount() >= 1,
              "exit.pattern",
              "has no group.",
              remedy),
          check(
              pattern.length() <= MAX_PATTERN,
              "exit.pattern",
              "is longer than " + MAX_PATTERN + " characters.",
              remedy));
    } catch (PatternSyntaxException e) {
      return check(
          false,
          "exit.pattern",
          "is not a regular expression: " + e.getDescription() + ".",
          remedy);
    }
  }

  private static Optional<FieldProblem> modes(Map<String, KernelSpec.ModeNeeds> modes) {
    return modes.entrySet().stream()
        .map(e -> mode("modes." + e.getKey(), e.getValue()))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<FieldProblem> gpos(KernelSpec.Gpos gpos) {
    String simple = "Write a name and simple properties without paths, as in pc.";
    return first(
        path("gpos.modules", gpos.modules()),
        check(isQemuOption(gpos.machine()), "gpos.machine", "is not allowed.", simple),
        check(isQemuOption(gpos.cpu()), "gpos.cpu", "is not allowed.", simple),
        check(
            gpos.memoryMin().compareTo(gpos.memory()) <= 0,
            "gpos.memory",
            "is " + gpos.memory() + ", less than memory-min (" + gpos.memoryMin() + ").",
            "Give the default at least the least that it needs."),
        check(
            isLine(gpos.commandLine()),
            "gpos.command-line",
            "is not one line.",
            "Write at most " + MAX_LINE + " characters in one line."));
  }

  private static Optional<FieldProblem> mode(String field, KernelSpec.ModeNeeds needs) {
    String simple = "Write a name and simple properties without paths, as in microvm,rtc=on.";
    return first(
        check(
            WORD.matcher(field.substring("modes.".length())).matches(),
            field,
            "is not the name of a mode.",
            "Write one, as in [modes.full-vm]."),
        check(isQemuOption(needs.machine()), field + ".machine", "is not allowed.", simple),
        check(isQemuOption(needs.cpu()), field + ".cpu", "is not allowed.", simple),
        each(field + ".devices", needs.devices(), KernelSpecChecks::isQemuOption, simple),
        check(
            needs.memoryMin().compareTo(needs.memory()) <= 0,
            field + ".memory",
            "is " + needs.memory() + ", less than memory-min (" + needs.memoryMin() + ").",
            "Give the default at least the least that the kernel needs."),
        check(
            needs.cpusMax() >= 1 && needs.cpusMax() <= MAX_CPUS,
            field + ".cpus-max",
            "is " + needs.cpusMax() + ".",
            "Write a number from 1 to " + MAX_CPUS + "."));
  }

  private static Optional<FieldProblem> rest(KernelSpec spec) {
    KernelSpec.Scripts scripts = spec.scripts();
    String aPath = "Write a path relative to kernel.toml and below its folder.";
    return first(
        each("syscalls.handled", spec.syscalls().handled(), WORD, "Write a call's name."),
        each("syscalls.delegated", spec.syscalls().delegated(), WORD, "Write a call's name."),
        both(spec.syscalls()),
        each("sdk.files", spec.sdk().files(), KernelSpecChecks::isInside, aPath),
        each("sdk.templates", spec.sdk().templates(), WORD, "Write a template's name."),
        spec.sdk().makefile().flatMap(p -> path("sdk.makefile", p)),
        scripts.configure().flatMap(p -> path("scripts.configure", p)),
        scripts.build().flatMap(p -> path("scripts.build", p)),
        scripts.test().flatMap(p -> path("scripts.test", p)),
        scripts.deploy().flatMap(p -> path("scripts.deploy", p)));
  }

  private static Optional<FieldProblem> both(KernelSpec.Syscalls syscalls) {
    Set<String> handled = Set.copyOf(syscalls.handled());
    return syscalls.delegated().stream()
        .filter(handled::contains)
        .findFirst()
        .map(
            name ->
                new FieldProblem(
                    "syscalls.delegated",
                    "has " + name + ", which is also in syscalls.handled.",
                    "Leave it in one of them."));
  }

  private static Optional<FieldProblem> path(String field, String path) {
    return check(
        isInside(path),
        field,
        "is \"" + path + "\", which is not a path inside the kernel's folder.",
        "Write a path relative to kernel.toml and below its folder.");
  }

  /** Whether this names something below the folder that it is relative to, as far as text tells. */
  private static boolean isInside(String path) {
    return isLine(path)
        && !path.isBlank()
        && !path.startsWith("/")
        && !List.of(path.split("/", -1)).contains("..");
  }

  private static boolean isQemuOption(String value) {
    return value.length() <= MAX_LINE
        && QEMU_OPTION.matcher(value).matches()
        && !QEMU_HOST_FILE.matcher(value).matches();
  }

  private static boolean isLine(String text) {
    return text.length() <= MAX_LINE && text.chars().noneMatch(Character::isISOControl);
  }

  /** Characters that would reach a terminal as commands. */
  private static boolean isControl(int c) {
    return Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r';
  }

  private static Optional<FieldProblem> each(
      String field, List<String> values, Pattern pattern, String remedy) {
    return each(field, values, v -> pattern.matcher(v).matches(), remedy);
  }

  private static Optional<FieldProblem> each(
      String field, List<String> values, Predicate<String> holds, String remedy) {
    return values.stream()
        .filter(holds.negate())
        .findFirst()
        .map(v -> new FieldProblem(field, "has \"" + v + "\", which is not allowed.", remedy));
  }

  private static Optional<FieldProblem> check(
      boolean holds, String field, String what, String remedy) {
    return holds ? Optional.empty() : Optional.of(new FieldProblem(field, what, remedy));
  }

  @SafeVarargs
  private static Optional<FieldProblem> first(Optional<FieldProblem>... problems) {
    for (Optional<FieldProblem> problem : problems) {
      if (problem.isPresent()) {
        return problem;
      }
    }
    return Optional.empty();
  }
}
