package dev.diver.deploy.hardware;

import dev.diver.deploy.Delegation;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Hardware;
import dev.diver.deploy.MachineOverrides;
import dev.diver.deploy.Readiness;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.node.ThisMachine;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.Runs;
import dev.diver.deploy.vm.RequestCheck;
import dev.diver.kernels.elf.CoKernelNote;
import dev.diver.kernels.elf.ElfFile;
import dev.diver.kernels.elf.StreamNote;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.ModeName;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The mode partitioned-hardware: cores, memory and devices are taken from the Linux of a machine as
 * it runs, given to a co-kernel, and given back at the end.
 */
public final class PartitionedHardware implements DeployMode {

  /** As users type it. */
  public static final String NAME = ModeName.PARTITIONED_HARDWARE;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Readiness readiness(Host host) {
    return NodeReadiness.of(Enclaves.of(new ThisMachine(), host));
  }

  @Override
  public DivePlan plan(DiveRequest request) {
    KernelSpec.ModeNeeds needs = RequestCheck.check(request, NAME);
    Delegation delegation =
        request
            .delegation()
            .orElseThrow(() -> new IllegalArgumentException("an enclave without delegation"));
    Hardware hardware =
        request
            .hardware()
            .orElseThrow(() -> new IllegalArgumentException("an enclave without hardware"));
    requireNoMachine(request);
    ElfFile kernel = ElfFile.read(request.image());
    CoKernelNote.requireCoKernel(kernel, request.spec().name());
    if (!request.overrides().streams().isEmpty()) {
      StreamNote.require(kernel, request.spec().name());
    }
    return new HardwarePlan(
            request,
            delegation,
            hardware,
            Cores.choose(hardware.node(), request.cpus()),
            request.memory().orElse(needs.memory()).bytes(),
            folder(request))
        .plan();
  }

  /** The machine is there already, and is nobody's to make. */
  private static void requireNoMachine(DiveRequest request) {
    Optional<String> wanted =
        request.debug()
            ? Optional.of("a debugger")
            : first("the QEMU device ", request.devices())
                .or(() -> first("the disk ", request.disks()))
                .or(() -> first("the serial line ", request.consoles()))
                .or(() -> first("the QEMU argument ", request.qemuArgs()));
    MachineOverrides overrides = request.overrides();
    if (wanted.isEmpty() && !overrides.equals(MachineOverrides.only(overrides.streams()))) {
      wanted = Optional.of("another machine or network");
    }
    wanted.ifPresent(
        what -> {
          throw RequestCheck.invalid(
              "The dive asks for " + what + ", and in " + NAME + " the machine is as it is.",
              "Leave that out, or take another mode; a device of the machine is given with"
                  + " --device pci=ADDRESS.");
        });
  }

  private static Optional<String> first(String what, List<?> all) {
    return all.stream().findFirst().map(value -> what + value);
  }

  /** A name that is made up is hardly another's on that node, of whom nothing is known here. */
  private static RunFolder folder(DiveRequest request) {
    Runs runs = new Runs(request.runs());
    String stem =
        request
            .app()
            .map(Path::getFileName)
            .map(Path::toString)
            .orElseGet(() -> request.spec().name());
    String mark = HexFormat.of().toHexDigits((short) ThreadLocalRandom.current().nextInt());
    return runs.named(request.name().orElseGet(() -> runs.freeName(stem + "-" + mark)));
  }

  @Override
  public RunningDive launch(DivePlan plan, DiveConsole console) {
    return HardwareDive.launch(plan, console, this::plan);
  }
}
