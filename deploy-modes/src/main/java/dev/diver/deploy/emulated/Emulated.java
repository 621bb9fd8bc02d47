package dev.diver.deploy.emulated;

import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Emulation;
import dev.diver.deploy.Readiness;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.machine.CarriedProgram;
import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.CommandLine.Option;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.vm.Leash;
import dev.diver.deploy.vm.RequestCheck;
import dev.diver.deploy.vm.Vm;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.ModeName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The mode emulated: an unmodified program on this host's Linux, whose chosen system calls a thread
 * on another core executes, at a chosen cost. There is no kernel and no machine.
 */
public final class Emulated implements DeployMode {

  static final String NAME = ModeName.EMULATED;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Readiness readiness(Host host) {
    List<Readiness.Thing> missing = new ArrayList<>();
    if (host.program(Leash.PROGRAM).isEmpty()) {
      missing.add(
          new Readiness.Thing(
              Leash.PROGRAM, "without it a program could outlive Diver", Leash.INSTALL));
    }
    Floor.Answer answer = Floor.measure(host);
    if (answer.floor().isEmpty()) {
      missing.add(
          new Readiness.Thing(
              "forwarding",
              answer.why(),
              "use a machine with two cores and Linux 5.11 or newer on x86-64"));
    }
    List<String> facts = answer.floor().map(Emulated::facts).orElse(List.of());
    return missing.isEmpty() ? new Readiness.Ready(facts) : new Readiness.Missing(missing, facts);
  }

  private static List<String> facts(Floor floor) {
    return List.of(
        "calls are caught by "
            + floor.mechanism()
            + ", in dynamic and static programs; setuid ones run without",
        "a forwarded call takes "
            + micros(floor.roundTrip())
            + " longer at least, one that is not forwarded "
            + micros(floor.trap()),
        "delegates run on core " + floor.core() + ", the program on the others");
  }

  static String micros(Duration time) {
    return String.format(Locale.ROOT, "%.2f us", time.toNanos() / 1000.0);
  }

  @Override
  public DivePlan plan(DiveRequest request) {
    Emulation emulation = request.emulation().orElseThrow();
    check(request, emulation);
    RunFolder run = Vm.folder(request);
    return new DivePlan(
        NAME,
        request,
        run.name(),
        run.path(),
        run.folders(),
        List.of(),
        command(request, emulation, run));
  }

  private static void check(DiveRequest request, Emulation emulation) {
    Path app = request.app().orElseThrow();
    if (!Files.isRegularFile(app) || !Files.isExecutable(app)) {
      throw new Failure(
              Failure.Kind.INVALID,
              app
                  + " cannot be executed: it is "
                  + (Files.exists(app) ? "no program." : "not there."),
              "Give a program, by its path or by a name on PATH.")
          .exception();
    }
    if (request.timeout().isNegative()) {
      throw RequestCheck.invalid(
          "A timeout of " + request.timeout().toMillis() + " ms is negative.",
          "Give the seconds after which to end the dive, or 0 for never.");
    }
    emulation.roundTrip().ifPresent(asked -> notUnderFloor(asked, request.host()));
  }

  private static void notUnderFloor(Duration asked, Host host) {
    Floor.Answer answer = Floor.measure(host);
    if (answer.floor().isEmpty()) {
      throw RequestCheck.unsupported(
          "Forwarding cannot be emulated here: " + answer.why(),
          "See what this machine lacks with: diver doctor");
    }
    Duration least = answer.floor().get().roundTrip();
    if (asked.compareTo(least) < 0) {
      throw RequestCheck.invalid(
          "A round trip of "
              + micros(asked)
              + " is under the floor of this machine, "
              + micros(least)
              + ".",
          "Ask for more with --round-trip, or leave it out for the least that is possible.");
    }
  }

  private static CommandLine command(DiveRequest request, Emulation emulation, RunFolder run) {
    List<Option> options = new ArrayList<>();
    options.add(
        new Option(
            "--forward",
            Optional.of(emulation.forward().map(calls -> String.join(",", calls)).orElse("all"))));
    emulation
        .roundTrip()
        .ifPresent(
            time ->
                options.add(
                    new Option("--round-trip", Optional.of(Long.toString(time.toNanos())))));
    options.add(new Option("--count", Optional.of(run.report().toString())));
    options.add(new Option("--", request.app().map(Path::toString)));
    request.args().forEach(word -> options.add(new Option(word, Optional.empty())));
    return new CommandLine(CarriedProgram.INTERPOSER.in(request.host().cache()), options);
  }

  @Override
  public RunningDive launch(DivePlan plan, DiveConsole console) {
    return EmulatedDive.launch(plan, console, this::plan);
  }
}
