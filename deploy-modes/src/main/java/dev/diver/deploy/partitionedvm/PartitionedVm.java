package dev.diver.deploy.partitionedvm;

import dev.diver.deploy.Debuggable;
import dev.diver.deploy.Delegation;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Gpos;
import dev.diver.deploy.MachineOverrides;
import dev.diver.deploy.Readiness;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.hypervisor.HostNetwork;
import dev.diver.deploy.hypervisor.QemuHost;
import dev.diver.deploy.hypervisor.SharedMemory;
import dev.diver.deploy.hypervisor.StreamWords;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Namespaces;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.machine.Virtiofsd;
import dev.diver.deploy.vm.Debugger;
import dev.diver.deploy.vm.RequestCheck;
import dev.diver.deploy.vm.Vm;
import dev.diver.kernels.elf.CoKernelNote;
import dev.diver.kernels.elf.ElfFile;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.MemorySize;
import dev.diver.kernels.spec.ModeName;
import dev.diver.kernels.store.DiverHome;
import dev.diver.kernels.store.KernelStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The mode partitioned-vm: one machine that is split between a Linux and a co-kernel beside it,
 * which forwards to it what it does not handle itself.
 */
public final class PartitionedVm implements DeployMode, Debuggable {

  static final String NAME = ModeName.PARTITIONED_VM;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Readiness readiness(Host host) {
    List<String> facts = new ArrayList<>();
    List<Readiness.Thing> missing = new ArrayList<>();
    QemuHost.look(host, facts, missing);
    facts.add(shares(host));
    boolean here =
        KernelStore.open(DiverHome.locate(host.environment()).store())
            .find(KernelReference.parse("linux"))
            .isPresent();
    facts.add(
        here
            ? "the package linux is here"
            : "the package linux is not here yet: the first dive pulls it");
    return missing.isEmpty() ? new Readiness.Ready(facts) : new Readiness.Missing(missing, facts);
  }

  private static String shares(Host host) {
    if (!Namespaces.allowed(host)) {
      return "no folders can be shared (-v): this user may make no namespaces;"
          + " sudo sysctl user.max_user_namespaces=10000";
    }
    return Virtiofsd.look(host)
        .map(found -> "folders are shared (-v) by " + found.path())
        .orElse("no virtiofsd, so no shared folders (-v); install it: " + Virtiofsd.INSTALL);
  }

  @Override
  public DivePlan plan(DiveRequest request) {
    KernelSpec.ModeNeeds needs = RequestCheck.check(request, NAME);
    Delegation delegation =
        request
            .delegation()
            .orElseThrow(() -> new IllegalArgumentException("a partition without delegation"));
    Gpos gpos =
        delegation
            .gpos()
            .orElseThrow(() -> new IllegalArgumentException("a partition without a Linux"));
    KernelSpec.Gpos linux =
        gpos.spec()
            .gpos()
            .orElseThrow(
                () ->
                    RequestCheck.unsupported(
                        gpos.kernel() + " cannot be the Linux of a partitioned VM.",
                        "Use one whose kernel.toml has a [gpos], such as linux."));
    requireOwnMachine(request.overrides());
    StreamWords.require(request, needs);
    CoKernelNote.requireCoKernel(ElfFile.read(request.image()), request.spec().name());
    MemorySize linuxMemory =
        RequestCheck.memory(
            gpos.kernel(), "--gpos-memory", gpos.memory(), linux.memory(), linux.memoryMin());
    Partition partition =
        Partition.of(
            gpos.cpus(),
            request.cpus(),
            linuxMemory,
            request.memory().orElse(needs.memory()),
            SharedMemory.sum(SharedMemory.of(request.overrides().streams(), 0)));
    List<SharedMemory> shared =
        SharedMemory.of(request.overrides().streams(), partition.sharedStart());
    Qemu qemu = Qemu.find(request.host());
    return new PartitionPlan(
            request, delegation, gpos, linux, needs, partition, shared, Vm.folder(request))
        .plan(qemu, QemuHost.accelerator(request.host(), qemu).kind());
  }

  private static void requireOwnMachine(MachineOverrides wanted) {
    boolean another =
        Stream.of(wanted.hypervisor(), wanted.machine(), wanted.cpu(), wanted.firmware())
            .anyMatch(Optional::isPresent);
    if (another) {
      throw RequestCheck.invalid(
          "The machine of a partitioned VM is as its Linux needs it.",
          "Leave out --hypervisor, --machine, --cpu and --firmware.");
    }
  }

  @Override
  public RunningDive launch(DivePlan plan, DiveConsole console) {
    HostNetwork.require(plan.request().overrides().network());
    return Vm.launch(plan, console, this::plan);
  }

  @Override
  public String debuggerCommand(DivePlan plan) {
    return Debugger.command(plan);
  }
}
