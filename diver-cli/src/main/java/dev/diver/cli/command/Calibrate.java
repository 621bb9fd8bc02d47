package dev.diver.cli.command;

import dev.diver.cli.output.ExitCode;
import dev.diver.cli.output.Shell;
import dev.diver.deploy.Delegation;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Gpos;
import dev.diver.deploy.Hardware;
import dev.diver.deploy.Readiness;
import dev.diver.deploy.delegation.Calibration;
import dev.diver.deploy.delegation.DelegationProfile;
import dev.diver.deploy.delegation.DelegationProfile.Kernel;
import dev.diver.deploy.delegation.DelegationProfiles;
import dev.diver.deploy.delegation.ProfileJson;
import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.store.StoredKernel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code diver calibrate}. */
final class Calibrate implements Verb {

  private static final String KERNEL = "remora";

  @Override
  public void describe(Page page) {
    page.description(
            """
            Measures what it costs to forward a system call to Linux, mode by mode, and stores it \
            as a delegation profile, which the speedup model reads. A small program times getpid, \
            uname, fstat, write to a file, write to the console, and payloads from 0 to 1 MiB: \
            on the kernel, which forwards them, and on the Linux that serves them, whose time is \
            subtracted. What remains is the round trip, 2·f_c of the model.

            A machine that does nothing else gives the best figures. A profile takes the place of \
            an earlier one of the same mode.\
            """)
        .option("--mode", "MODE", "measure this mode (default: all that this machine can do)")
        .option("--trials", "N", "how often each call is timed, 1000 to 100000 (default 1000)")
        .option("--kernel", "REF", "the kernel that forwards (default remora)")
        .option("--gpos", "REF", "the Linux of a partitioned VM (default linux)")
        .host("partitioned-hardware: the machine to measure")
        .flag("--show", "print what was measured before, and measure nothing")
        .catalog()
        .json()
        .example("Measure every mode that this machine can do", "calibrate")
        .example("Measure one of them, more exactly", "calibrate --mode full-vm --trials 10000")
        .example("Look at what was measured before", "calibrate --show")
        .example("Take the round trips to a script", "calibrate --show --json | jq '.[].calls'");
  }

  @Override
  public int run(Given given, Shell shell) throws InterruptedException {
    DelegationProfiles profiles =
        new DelegationProfiles(Kernels.of(given, shell).home().profiles());
    Optional<String> mode = given.value("--mode").map(name -> DeployMode.named(name).name());
    if (given.has("--show")) {
      show(
          mode.map(name -> List.of(stored(profiles, name))).orElseGet(profiles::all), given, shell);
      return 0;
    }
    int trials = trials(given);
    Target target = Target.of(given, shell);
    List<DelegationProfile> measured = new ArrayList<>();
    boolean failed = false;
    for (DeployMode one : mode.map(target::only).orElseGet(target::all)) {
      try {
        DelegationProfile profile = target.measure(one, trials);
        profiles.store(profile);
        shell.sayDoing("Stored", profiles.file(one.name()).toString());
        measured.add(profile);
      } catch (DiverException e) {
        if (mode.isPresent() || e.failure().kind() == Failure.Kind.INTERRUPTED) {
          throw e;
        }
        shell.say(e.failure()); // the other modes can still be measured
        failed = true;
      }
    }
    show(measured, given, shell);
    return failed ? ExitCode.FAILURE.status() : 0;
  }

  private static DelegationProfile stored(DelegationProfiles profiles, String mode) {
    return profiles
        .find(mode)
        .orElseThrow(
            () ->
                new Failure(
                        Failure.Kind.NOT_FOUND,
                        "The mode " + mode + " has not been measured on this machine.",
                        "Measure it: diver calibrate --mode " + mode + ".")
                    .exception());
  }

  private static int trials(Given given) {
    int trials = given.number("--trials").orElse(Calibration.FEWEST_TRIALS);
    if (trials < Calibration.FEWEST_TRIALS || trials > Calibration.MOST_TRIALS) {
      throw new UsageException(
          trials + " trials are too " + (trials < Calibration.FEWEST_TRIALS ? "few." : "many."),
          "Give " + Calibration.FEWEST_TRIALS + " to " + Calibration.MOST_TRIALS + ".");
    }
    return trials;
  }

  private static void show(List<DelegationProfile> profiles, Given given, Shell shell) {
    if (given.wantsJson()) {
      shell.printJson(profiles.stream().map(ProfileJson::tree).toList());
      return;
    }
    if (profiles.isEmpty() && given.has("--show")) {
      shell.say("Nothing has been measured yet. Measure with: diver calibrate");
    }
    for (int i = 0; i < profiles.size(); i++) {
      shell.print(i == 0 ? "" : "\n");
      ProfileSummary.print(profiles.get(i), shell);
    }
  }

  /** What is measured on. */
  private record Target(
      Given given,
      Host host,
      Kernels kernels,
      StoredKernel kernel,
      KernelSpec spec,
      String typed,
      Shell shell) {

    /** No dive of the program takes longer, with the most trials, on any machine. */
    private static final Duration DEADLINE = Duration.ofMinutes(10);

    static Target of(Given given, Shell shell) {
      Kernels kernels = Kernels.of(given, shell);
      String typed = given.value("--kernel").orElse(KERNEL);
      StoredKernel kernel = kernels.here(Given.reference(typed));
      KernelSpec spec = kernels.store().spec(kernel);
      if (spec.syscalls().delegated().isEmpty()) {
        throw new Failure(
                Failure.Kind.UNSUPPORTED,
                spec.name() + " does not forward system calls.",
                "Name a kernel that does with --kernel, such as remora.")
            .exception();
      }
      Host host = new Host(shell.environment(), kernels.home().cache());
      return new Target(given, host, kernels, kernel, spec, typed, shell);
    }

    List<DeployMode> only(String name) {
      if (!spec.modes().containsKey(name)) {
        throw new Failure(
                Failure.Kind.UNSUPPORTED,
                spec.name()
                    + " does not run in the mode "
                    + name
                    + ", where there is nothing to measure.",
                "Measure one of its modes: " + String.join(", ", spec.modes().keySet()) + ".")
            .exception();
      }
      return List.of(DeployMode.named(name));
    }

    /** The modes that the kernel supports and this machine can do. */
    List<DeployMode> all() {
      List<DeployMode> modes =
          DeployMode.all().stream()
              .filter(mode -> spec.modes().containsKey(mode.name()))
              .filter(mode -> mode.readiness(host) instanceof Readiness.Ready)
              .toList();
      if (modes.isEmpty()) {
        throw new Failure(
                Failure.Kind.UNSUPPORTED,
                "This machine can do no mode that " + spec.name() + " supports.",
                "See what is missing: diver doctor.")
            .exception();
      }
      return modes;
    }

    DelegationProfile measure(DeployMode mode, int trials) throws InterruptedException {
      Optional<Gpos> gpos =
          mode.name().equals(DelegationOptions.PARTITIONED)
              ? new DelegationOptions(given, Net.Dive.NONE, kernels, shell)
                  .of(mode.name())
                  .flatMap(Delegation::gpos)
              : Optional.empty();
      Optional<Hardware> hardware = new HardwareOptions(given, shell).of(mode.name());
      return Calibration.measure(
          mode,
          hardware.isPresent()
              ? Calibration.machine(hardware.get().node(), named(typed))
              : Calibration.machine(host, named(typed), gpos.map(linux -> named(linux.kernel()))),
          host.cache(),
          trials,
          (run, program, args) -> {
            DiveRequest request = request(run, program, args, gpos);
            return hardware.map(request::with).orElse(request);
          },
          run -> shell.sayDoing("Measuring", mode.name() + ": " + run.title()));
    }

    private Kernel named(String reference) {
      StoredKernel stored = kernels.here(Given.reference(reference));
      return new Kernel(reference, stored.digest().toString());
    }

    private DiveRequest request(
        Calibration.Run run, Path program, List<String> args, Optional<Gpos> gpos) {
      boolean onLinux = run == Calibration.Run.NATIVE;
      return new DiveRequest(
          host,
          kernels.home().runs(),
          typed,
          kernels.bootable(kernel),
          Optional.of(program),
          args,
          Map.of(),
          Optional.empty(),
          Optional.empty(),
          DEADLINE,
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          false,
          Optional.empty(),
          false,
          Optional.of(new Delegation(List.of(), Path.of("/"), run.forward(), onLinux, gpos)));
    }
  }
}
