package dev.diver.deploy.fullvm;

import dev.diver.deploy.Debuggable;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Readiness;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.machine.Acceleration;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.machine.ShellWords;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.Runs;
import dev.diver.deploy.vm.KernelCommandLine;
import dev.diver.deploy.vm.Leash;
import dev.diver.deploy.vm.MachineOptions;
import dev.diver.deploy.vm.Ramdisk;
import dev.diver.deploy.vm.RequestCheck;
import dev.diver.deploy.vm.Vm;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The mode full-vm: a net in a virtual machine of its own, on QEMU. */
public final class FullVm implements DeployMode, Debuggable {

  static final String NAME = "full-vm";

  private static final Duration PROOF_DEADLINE = Duration.ofSeconds(2);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Readiness readiness(Host host) {
    List<String> facts = new ArrayList<>();
    List<Readiness.Thing> missing = new ArrayList<>();
    try {
      Qemu qemu = Qemu.find(host);
      facts.add("QEMU " + qemu.version() + " at " + qemu.path());
      Acceleration found = Acceleration.find(host, qemu, PROOF_DEADLINE, true);
      facts.add("accelerator " + found.kind().option() + ": " + found.reason());
    } catch (DiverException e) {
      String why = e.failure().what();
      missing.add(new Readiness.Thing(Qemu.PROGRAM, why, Qemu.INSTALL));
    }
    if (host.program(Leash.PROGRAM).isEmpty()) {
      String why = "It ends the machine when Diver is killed.";
      missing.add(new Readiness.Thing(Leash.PROGRAM, why, Leash.INSTALL));
    }
    return missing.isEmpty() ? new Readiness.Ready(facts) : new Readiness.Missing(missing, facts);
  }

  @Override
  public DivePlan plan(DiveRequest request) {
    KernelSpec.ModeNeeds needs = RequestCheck.check(request, NAME);
    Runs runs = new Runs(request.runs());
    RunFolder run = runs.named(request.name().orElseGet(() -> runs.freeName(stem(request))));
    Qemu qemu = Qemu.find(request.host());
    Acceleration found = Acceleration.find(request.host(), qemu, PROOF_DEADLINE, false);
    String commandLine =
        KernelCommandLine.fill(request.spec().boot(), request.env(), argv(request));
    return new DivePlan(
        NAME,
        request,
        run.name(),
        run.path(),
        steps(request, run),
        machine(request, needs, run, found.kind(), commandLine).command(qemu));
  }

  @Override
  public RunningDive launch(DivePlan plan, DiveConsole console) {
    while (true) {
      try {
        return Vm.launch(plan, console);
      } catch (DiverException e) {
        if (e.failure().kind() != Failure.Kind.CONFLICT || plan.request().name().isPresent()) {
          throw e;
        }
        plan = plan(plan.request()); // another dive took the name that was free
      }
    }
  }

  @Override
  public String debuggerCommand(DivePlan plan) {
    DiveRequest request = plan.request();
    List<String> words = new ArrayList<>(List.of("gdb"));
    boolean symbols = request.spec().boot().protocol() != KernelSpec.Protocol.LINUX;
    if (symbols) {
      words.add(request.image().toString());
    }
    request
        .app()
        .map(Path::toAbsolutePath)
        .ifPresent(
            app ->
                words.addAll(
                    symbols ? List.of("-ex", "add-symbol-file " + app) : List.of(app.toString())));
    words.addAll(List.of("-ex", "target remote " + new RunFolder(plan.folder()).gdb()));
    return ShellWords.join(words);
  }

  private static String stem(DiveRequest request) {
    return request.app().map(Path::getFileName).map(Path::toString).orElse(request.spec().name());
  }

  /** For Linux the kernel itself supplies argv[0]. */
  private static List<String> argv(DiveRequest request) {
    List<String> argv = new ArrayList<>();
    if (request.spec().boot().app() != AppDelivery.INITRAMFS) {
      argv.add(request.app().map(Path::toString).orElse(request.spec().name()));
    }
    argv.addAll(request.args());
    return argv;
  }

  private static List<Step> steps(DiveRequest request, RunFolder run) {
    List<Step> steps = new ArrayList<>();
    steps.add(new Step.MakeFolder(run.path()));
    if (!run.sockets().equals(run.path())) {
      steps.add(new Step.Link(run.sockets(), run.path()));
    }
    if (request.spec().boot().app() == AppDelivery.INITRAMFS) {
      Path app = request.app().map(Path::toAbsolutePath).orElseThrow();
      steps.add(new Step.Concatenate(run.ramdisk(), Ramdisk.parts(app, size(app))));
    }
    return steps;
  }

  private static MachineOptions machine(
      DiveRequest request,
      KernelSpec.ModeNeeds needs,
      RunFolder run,
      Acceleration.Kind accelerator,
      String commandLine) {
    MachineOptions machine = new MachineOptions(request, run, needs.machine());
    machine.hardware(
        accelerator.option(),
        needs.cpu(),
        request.cpus().orElse(1),
        request.memory().orElse(needs.memory()));
    machine.control();
    machine.consoleLog();
    switch (request.spec().boot().console()) {
      case VIRTIO_PORTS -> {
        machine.add("-serial", "chardev:console");
        machine.ports();
      }
      case SERIAL -> {
        machine.standardInput();
        machine.add("-serial", "chardev:stdin");
        machine.add("-device", "isa-serial,chardev=console,index=1");
      }
    }
    machine.extras(needs.devices());
    machine.software(request.image(), ramdisk(request, run), commandLine);
    return machine;
  }

  private static Optional<Path> ramdisk(DiveRequest request, RunFolder run) {
    return switch (request.spec().boot().app()) {
      case INITRD -> request.app().map(Path::toAbsolutePath);
      case INITRAMFS -> Optional.of(run.ramdisk());
      case NONE -> Optional.empty();
    };
  }

  private static long size(Path app) {
    try {
      return Files.size(app);
    } catch (IOException e) {
      throw RequestCheck.unreadable("app", app, Optional.of(e));
    }
  }
}
