package dev.diver.cli.command;

import dev.diver.cli.output.ExitCode;
import dev.diver.cli.output.Shell;
import dev.diver.deploy.Delegation;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Readiness;
import dev.diver.deploy.Share;
import dev.diver.deploy.chart.ChartFile;
import dev.diver.deploy.delegation.DelegationProfile;
import dev.diver.deploy.delegation.DelegationProfiles;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.speedup.Forwarding;
import dev.diver.deploy.validation.BenchmarkSet;
import dev.diver.deploy.validation.EmulatedTestbed;
import dev.diver.deploy.validation.MachineTestbed;
import dev.diver.deploy.validation.Scratch;
import dev.diver.deploy.validation.Testbed;
import dev.diver.deploy.validation.Validation;
import dev.diver.deploy.validation.Validator;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.ModeName;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** {@code diver speedup validate}. */
final class SpeedupValidate implements Verb {

  private static final String ROUND_TRIP = "10us";
  private static final String KERNEL = "remora";
  private static final int REPEATS = 5;
  private static final int MOST_REPEATS = 1000;

  /** What software emulation leaves of a machine's speed. */
  private static final double EMULATED_SIZE = 1.0 / 16;

  /** Where a program in a machine finds its folder: there is no /dev/shm. */
  private static final String IN_GUEST = "/benchmark";

  @Override
  public void describe(Page page) {
    page.description(
            """
            Says how far the speedup model can be trusted on this machine: runs a set of \
            benchmarks natively and in a mode, in turn, predicts each speedup from a trace of the \
            native run, and compares. The set is the paper's synthetic benchmark (phases of \
            computing and of system calls, in the profiles of bzip2 and of a computing program, \
            at feigned gains of 1 to 2) and programs of Debian's; what is not installed is named \
            and left out.

            In the mode emulated every call costs the round trip that you choose. A VM's mode \
            must have been measured with diver calibrate; there the native side is the Linux in \
            the same machine, and without KVM the benchmarks do a sixteenth of their work.

            Accuracy is 100 − MAPE, of the naïve and of the refined model, with the gain that you \
            give, with the median gain of the set (which has seen what it predicts), and with the \
            median of the other benchmarks (which has not).\
            """)
        .option("--mode", "MODE", "emulated (default), partitioned-vm, full-vm")
        .option("--repeat", "N", "runs of each, natively and in the mode (default 5)")
        .repeated("--only", "NAME", "this benchmark alone; again or with commas for more")
        .flag("--list", "name the benchmarks, and run none")
        .option("--gain", "GAIN", "the mode's gain γ that the model is given (default 1)")
        .option("--round-trip", "TIME", "emulated: what forwarding costs (default 10us)")
        .option("--forward", "CALLS", "emulated: forward these alone, a,b (default: all)")
        .option("--size", "SHARE", "do this part of each benchmark's work, as in 10%")
        .option("--kernel", "REF", "a VM's kernel (default remora)")
        .option("--chart", "FILE", "draw measured and predicted speedups, as .svg or .png")
        .flag("--strict", "fail where a benchmark could not be run")
        .catalog()
        .json()
        .example("See how good the model is here", "speedup validate")
        .example(
            "Take the paper's round trip, and more runs",
            "speedup validate --round-trip 6.28us --repeat 15")
        .example(
            "Two benchmarks beside a Linux in one machine",
            "speedup validate --mode partitioned-vm --only bzip2,synthetic-bzip2")
        .example("Take the figures to a script", "speedup validate --json | jq .accuracy_percent");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException, InterruptedException {
    if (given.has("--list")) {
      BenchmarkSet.all(1).forEach(one -> shell.println(one.name() + ": " + one.summary()));
      return 0;
    }
    Optional<Path> chart = given.value("--chart").map(shell::path);
    chart.ifPresent(SpeedupValidate::checkChart); // before minutes are spent on it
    Validation validation = measured(given, shell);
    ValidationSummary.sayOmissions(validation.omissions(), shell);
    if (validation.measurements().isEmpty()) {
      throw new Failure(
              Failure.Kind.FAILED,
              "None of the benchmarks could be run.",
              "See above why; diver doctor says what this machine lacks.")
          .exception();
    }
    chart.ifPresent(file -> ChartFile.write(ValidationSummary.chart(validation), file));
    if (given.wantsJson()) {
      shell.printJson(ValidationSummary.tree(validation));
    } else {
      ValidationSummary.print(validation, shell);
    }
    boolean failed = given.has("--strict") && !validation.omissions().isEmpty();
    return failed ? ExitCode.FAILURE.status() : 0;
  }

  private static void checkChart(Path file) {
    if (!ChartFile.isOne(file)) {
      throw new UsageException(file + " is no name of a chart.", "Let it end in .svg or .png.");
    }
  }

  private static Validation measured(Given given, Shell shell) throws InterruptedException {
    try (Scratch scratch = Scratch.make()) {
      return measured(scratch.folder(), given, shell);
    }
  }

  /** Where to run, and how much. */
  private record Setting(Testbed testbed, double size) {}

  private static Validation measured(Path folder, Given given, Shell shell)
      throws InterruptedException {
    int repeats = repeats(given);
    double gain = given.value("--gain").map(t -> Amount.factor("--gain", t)).orElse(1.0);
    List<String> names =
        given.values("--only").stream().flatMap(t -> Arrays.stream(t.split(",", -1))).toList();
    BenchmarkSet.named(names, 1); // names are checked before anything is measured
    String mode = given.value("--mode").orElse(ModeName.EMULATED);
    Setting setting =
        mode.equals(ModeName.EMULATED)
            ? emulated(given, folder, shell)
            : machine(mode, given, shell);
    double size = given.value("--size").map(SpeedupValidate::size).orElse(setting.size());
    return new Validator(setting.testbed(), folder, size, repeats, gain)
        .run(
            BenchmarkSet.named(names, size),
            one -> shell.sayDoing("Running", one.name() + ": " + one.summary()));
  }

  private static int repeats(Given given) {
    int repeats = given.number("--repeat").orElse(REPEATS);
    if (repeats < 1 || repeats > MOST_REPEATS) {
      throw new UsageException(
          repeats + " is not a number of runs.", "Give 1 to " + MOST_REPEATS + ".");
    }
    return repeats;
  }

  private static double size(String typed) {
    double size = Amount.share("--size", typed);
    if (size == 0) {
      throw new UsageException("A benchmark of size 0 does nothing.", "Give more, as in 10%.");
    }
    return size;
  }

  private static Setting emulated(Given given, Path folder, Shell shell)
      throws InterruptedException {
    Host host = new Host(shell.environment(), Kernels.of(given, shell).home().cache());
    double roundTrip = Amount.nanos("--round-trip", given.value("--round-trip").orElse(ROUND_TRIP));
    Forwarding forwarding =
        given
            .value("--forward")
            .filter(typed -> !typed.equals("all"))
            .map(typed -> (Forwarding) new Forwarding.Listed(Amount.syscalls("--forward", typed)))
            .orElse(new Forwarding.AllBut(Set.of()));
    if (DeployMode.named(ModeName.EMULATED).readiness(host) instanceof Readiness.Missing missing) {
      Readiness.Thing first = missing.things().getFirst();
      throw new Failure(
              Failure.Kind.MISSING,
              "This machine cannot do the mode emulated: it lacks " + first.name() + ".",
              "See diver doctor; the remedy is: " + first.command() + ".")
          .exception();
    }
    shell.sayDoing("Measuring", "the emulated round trip");
    EmulatedTestbed testbed = EmulatedTestbed.measured(host, roundTrip, forwarding, folder);
    shell.sayDoing(
        "Measured",
        String.format(
            Locale.ROOT,
            "%.2f µs; it was asked for %.2f µs, and a call that is not forwarded takes %.2f µs"
                + " more",
            testbed.roundTripNanos() / 1000,
            roundTrip / 1000,
            testbed.passingNanos() / 1000));
    return new Setting(testbed, 1);
  }

  private static Setting machine(String mode, Given given, Shell shell) {
    for (String option : List.of("--round-trip", "--forward")) {
      if (given.has(option)) {
        throw new UsageException(
            option + " is for the mode emulated.", "Leave it out: " + mode + " is as it is.");
      }
    }
    DeployMode deployment = DeployMode.named(mode);
    Kernels kernels = Kernels.of(given, shell);
    DelegationProfile profile = profile(mode, kernels);
    String typed = given.value("--kernel").orElse(KERNEL);
    StoredKernel kernel = kernels.here(Given.reference(typed));
    KernelSpec spec = kernels.store().spec(kernel);
    Host host = new Host(shell.environment(), kernels.home().cache());
    Testbed testbed =
        new MachineTestbed(
            deployment,
            (program, arguments, environment, folder, onLinux) ->
                new DiveRequest(
                    host,
                    kernels.home().runs(),
                    typed,
                    kernels.bootable(kernel),
                    Optional.of(program),
                    arguments,
                    environment,
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ZERO,
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    false,
                    Optional.empty(),
                    false,
                    Optional.of(
                        new Delegation(
                            Share.parse(List.of("/usr:ro", folder + ":" + IN_GUEST)),
                            folder,
                            List.of(),
                            onLinux,
                            DelegationOptions.usual(mode, kernels)))),
            profile.roundTripNanos(),
            new Forwarding.AllBut(Set.copyOf(spec.syscalls().handled())));
    boolean slow = profile.machine().accelerator().equals("tcg");
    return new Setting(testbed, slow ? EMULATED_SIZE : 1);
  }

  private static DelegationProfile profile(String mode, Kernels kernels) {
    return new DelegationProfiles(kernels.home().profiles())
        .find(mode)
        .orElseThrow(
            () ->
                new Failure(
                        Failure.Kind.NOT_FOUND,
                        "The mode " + mode + " has not been measured on this machine.",
                        "Measure it first: diver calibrate --mode " + mode + ".")
                    .exception());
  }
}
