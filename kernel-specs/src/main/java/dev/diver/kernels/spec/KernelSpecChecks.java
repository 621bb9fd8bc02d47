package dev.diver.kernels.spec;

import dev.diver.kernels.document.FieldProblem;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.reference.KernelReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** What must hold of a kernel spec beyond its types. A spec may come from a stranger's package. */
final class KernelSpecChecks {

  private static final int MAX_LINE = 300;
  private static final int MAX_CPUS = 4096;

  /** An exit status has 8 bits, of which isa-debug-exit takes one. */
  private static final int MAX_DEBUG_EXIT = 127;

  private static final String A_PATH = "Write a path relative to kernel.toml and below its folder.";
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
        each("languages", spec.languages(), WORD, "Write a lower-case word, as in c."),
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
            "Write at most " + MAX_LINE + " characters in one line."),
        each("boot.modules", boot.modules(), KernelSpecChecks::isModule, A_PATH),
        boot.initrd().flatMap(p -> path("boot.initrd", p)),
        each("boot.disks", boot.disks(), KernelSpecChecks::isInside, A_PATH),
        boot.ready().flatMap(p -> pattern("boot.ready", p, 0)),
        each("boot.hints", boot.hints(), KernelSpecChecks::isLine, "Write lines of text."));
  }

  /** A path and what follows it. */
  private static boolean isModule(String module) {
    return isLine(module) && isInside(KernelSpec.Boot.path(module));
  }

  private static Optional<FieldProblem> exit(KernelSpec.Exit exit) {
    return first(
        unused(exit),
        switch (exit.convention()) {
          case REPORT, POWER_OFF -> Optional.empty();
          case CONSOLE_PATTERN ->
              first(
                  given("exit.pattern", exit.pattern(), "a pattern whose group 1 is the status"),
                  given("exit.coding", exit.coding(), "decimal or wait-status-hex"));
          case DEBUG_EXIT ->
              given("exit.debug-exit", exit.debugExit(), "the device, as in { port = 0xf4 }");
          case CONSOLE_TEXT ->
              given("exit.success", exit.success(), "a pattern of the text that means success");
        },
        exit.pattern().flatMap(p -> pattern("exit.pattern", p, 1)),
        exit.success().flatMap(p -> pattern("exit.success", p, 0)),
        exit.failure().flatMap(p -> pattern("exit.failure", p, 0)),
        exit.panic().flatMap(p -> pattern("exit.panic", p, 0)),
        exit.debugExit().flatMap(KernelSpecChecks::debugExit));
  }

  /** A key that means nothing here was meant to mean something. */
  private static Optional<FieldProblem> unused(KernelSpec.Exit exit) {
    boolean report = exit.convention() == KernelSpec.ExitConvention.REPORT;
    Map<String, Optional<?>> said = new LinkedHashMap<>();
    if (exit.convention() != KernelSpec.ExitConvention.CONSOLE_PATTERN) {
      said.put("pattern", exit.pattern());
      said.put("coding", exit.coding());
    }
    if (report) {
      said.put("debug-exit", exit.debugExit());
      said.put("success", exit.success());
      said.put("failure", exit.failure());
      said.put("panic", exit.panic());
      said.put("power-off", exit.powerOff());
    }
    return said.entrySet().stream()
        .filter(key -> key.getValue().isPresent())
        .findFirst()
        .map(
            key ->
                new FieldProblem(
                    "exit." + key.getKey(),
                    "is given, but the convention is " + exit.convention() + ".",
                    "Remove it, or write another convention."));
  }

  private static Optional<FieldProblem> given(String field, Optional<?> value, String what) {
    return check(value.isPresent(), field, "is missing.", "Give " + what + ".");
  }

  private static Optional<FieldProblem> debugExit(KernelSpec.DebugExit device) {
    return first(
        check(
            device.port() > 0 && device.port() <= 0xffff,
            "exit.debug-exit.port",
            "is " + device.port() + ".",
            "Write a port from 1 to 0xffff, as in 0xf4."),
        check(
            List.of(1, 2, 4).contains(device.size()),
            "exit.debug-exit.size",
            "is " + device.size() + ".",
            "Write 1, 2 or 4."),
        check(
            device.success().stream().allMatch(v -> v >= 0 && v <= MAX_DEBUG_EXIT),
            "exit.debug-exit.success",
            "has a value that no status of QEMU can tell.",
            "Write values from 0 to " + MAX_DEBUG_EXIT + "."));
  }

  private static Optional<FieldProblem> pattern(String field, String pattern, int groups) {
    String remedy =
        groups == 0
            ? "Write one, as in 'Test .* passed'."
            : "Write one with a group around the status, as in 'exitcode=([0-9]+)'.";
    return ConsolePattern.problem(pattern, groups)
        .map(problem -> new FieldProblem(field, problem, remedy));
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
        each(
            field + ".cpu-features",
            needs.cpuFeatures(),
            WORD,
            "Write it as QEMU names it, as in rdrand."),
        each(
            field + ".hypervisors",
            needs.hypervisors(),
            WORD,
            "Write a hypervisor's name, as in qemu-pc."),
        needs
            .netDevice()
            .flatMap(d -> check(isQemuOption(d), field + ".net-device", "is not allowed.", simple)),
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
    KernelSpec.NetScripts net = spec.net();
    return first(
        each("syscalls.handled", spec.syscalls().handled(), WORD, "Write a call's name."),
        each("syscalls.delegated", spec.syscalls().delegated(), WORD, "Write a call's name."),
        both(spec.syscalls()),
        each("sdk.files", spec.sdk().files(), KernelSpecChecks::isInside, A_PATH),
        each("sdk.templates", spec.sdk().templates(), WORD, "Write a template's name."),
        spec.sdk().makefile().flatMap(p -> path("sdk.makefile", p)),
        scripts.configure().flatMap(p -> path("scripts.configure", p)),
        scripts.build().flatMap(p -> path("scripts.build", p)),
        scripts.test().flatMap(p -> path("scripts.test", p)),
        scripts.deploy().flatMap(p -> path("scripts.deploy", p)),
        net.build().flatMap(p -> path("net.build", p)),
        net.test().flatMap(p -> path("net.test", p)),
        net.deploy().flatMap(p -> path("net.deploy", p)),
        net.templates().flatMap(p -> path("net.templates", p)),
        each("source.files", spec.source().files(), KernelSpecChecks::isInside, A_PATH),
        spec.provenance().base().flatMap(KernelSpecChecks::base));
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
        A_PATH);
  }

  private static Optional<FieldProblem> base(String reference) {
    String remedy = "Write a reference with its digest, as in remora:1.0@sha256:….";
    try {
      return check(
          KernelReference.parse(reference).digest().isPresent(),
          "provenance.base",
          "is \"" + reference + "\", which names no digest.",
          remedy);
    } catch (DiverException e) {
      return check(false, "provenance.base", "cannot be read: " + e.failure().what(), remedy);
    }
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
