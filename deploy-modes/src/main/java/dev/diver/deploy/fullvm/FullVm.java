package dev.diver.deploy.fullvm;

import dev.diver.deploy.Debuggable;
import dev.diver.deploy.Delegation;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Readiness;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.machine.Acceleration;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.vm.Debugger;
import dev.diver.deploy.vm.Hypervisor;
import dev.diver.deploy.vm.KernelCommandLine;
import dev.diver.deploy.vm.MachineOptions;
import dev.diver.deploy.vm.Ramdisk;
import dev.diver.deploy.vm.RequestCheck;
import dev.diver.deploy.vm.Vm;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The mode full-vm: a net in a virtual machine of its own, on QEMU. */
public final class FullVm implements DeployMode, Debuggable {

  static final String NAME = "full-vm";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Readiness readiness(Host host) {
    List<String> facts = new ArrayList<>();
    List<Readiness.Thing> missing = new ArrayList<>();
    Hypervisor.look(host, facts, missing);
    facts.addAll(HostDelegate.facts(host));
    return missing.isEmpty() ? new Readiness.Ready(facts) : new Readiness.Missing(missing, facts);
  }

  @Override
  public DivePlan plan(DiveRequest request) {
    KernelSpec.ModeNeeds needs = RequestCheck.check(request, NAME);
    RunFolder run = Vm.folder(request);
    Qemu qemu = Qemu.find(request.host());
    Acceleration found = Hypervisor.accelerator(request.host(), qemu);
    Optional<Delegation> delegation = request.delegation();
    if (delegation.isPresent()) {
      return new HostDelegate(request, delegation.get(), needs, run).plan(qemu, found.kind());
    }
    String commandLine =
        KernelCommandLine.fill(request.spec().boot(), request.env(), argv(request));
    return new DivePlan(
        NAME,
        request,
        run.name(),
        run.path(),
        steps(request, run),
        List.of(),
        machine(request, needs, run, found.kind(), commandLine).command(qemu));
  }

  @Override
  public RunningDive launch(DivePlan plan, DiveConsole console) {
    return Vm.launch(plan, console, this::plan);
  }

  @Override
  public String debuggerCommand(DivePlan plan) {
    return Debugger.command(plan);
  }

  /** For Linux the kernel itself supplies argv[0]. */
  static List<String> argv(DiveRequest request) {
    List<String> argv = new ArrayList<>();
    if (request.spec().boot().app() != AppDelivery.INITRAMFS) {
      argv.add(request.app().map(Path::toString).orElse(request.spec().name()));
    }
    argv.addAll(request.args());
    return argv;
  }

  static List<Step> steps(DiveRequest request, RunFolder run) {
    List<Step> steps = new ArrayList<>(run.folders());
    if (request.spec().boot().app() == AppDelivery.INITRAMFS) {
      Path app = request.app().map(Path::toAbsolutePath).orElseThrow();
      steps.add(new Step.Concatenate(run.ramdisk(), Ramdisk.ofInit(app).parts()));
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
        request.cpus().map(CpuList::count).orElse(1),
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
      case DEBUGCON, VGA, NONE -> throw notYet(request);
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
      case MODULE, DISK -> throw notYet(request);
    };
  }

  private static RuntimeException notYet(DiveRequest request) {
    return RequestCheck.unsupported(
        request.spec().name() + " boots in a way that this Diver cannot do.",
        "Use a newer Diver, or another kernel.");
  }
}
