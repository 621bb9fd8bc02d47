package dev.diver.deploy.partitionedvm;

import dev.diver.deploy.Companion;
import dev.diver.deploy.Delegation;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Gpos;
import dev.diver.deploy.Share;
import dev.diver.deploy.agent.AgentOptions;
import dev.diver.deploy.agent.AppUser;
import dev.diver.deploy.agent.DelegatorWords;
import dev.diver.deploy.hypervisor.QemuOptions;
import dev.diver.deploy.hypervisor.SharedMemory;
import dev.diver.deploy.hypervisor.StreamWords;
import dev.diver.deploy.machine.Acceleration;
import dev.diver.deploy.machine.CarriedProgram;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.machine.Virtiofsd;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.stream.StreamFile;
import dev.diver.deploy.vm.KernelCommandLine;
import dev.diver.deploy.vm.Ramdisk;
import dev.diver.deploy.vm.RequestCheck;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Smp;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What makes a partitioned VM. Linux starts the agent as its init, from an initial ramdisk that has
 * the drivers of its package and what Diver adds: the agent and its arguments, the co-kernel and
 * the app. The app's standard streams are virtio-serial ports; shared folders are virtio file
 * systems. The first serial line is Linux's console; the second one has no other end: the co-kernel
 * rings for the agent with its interrupt.
 *
 * @param request that is to be met
 * @param delegation of the request
 * @param gpos of the delegation
 * @param linux what its spec says of it
 * @param needs of the co-kernel
 * @param partition how the machine is split
 * @param shared where its streams are
 * @param run the dive's folder
 */
record PartitionPlan(
    DiveRequest request,
    Delegation delegation,
    Gpos gpos,
    KernelSpec.Gpos linux,
    KernelSpec.ModeNeeds needs,
    Partition partition,
    List<SharedMemory> shared,
    RunFolder run) {

  /** What the agent has room for, in bytes (deploy-modes/agent/load.c, COMMAND_LINE_MAX). */
  private static final int COMMAND_LINE_MOST = 65535;

  /** The agent and its arguments, in bytes, amply. */
  private static final long OTHERS = 4L << 20;

  private static final String KERNEL = "diver/kernel";
  private static final String APP = "diver/app";
  private static final String COMMAND_LINE = "diver/command-line";
  private static final String DOORBELL_PORT = "0x2f8";

  DivePlan plan(Qemu qemu, Acceleration.Kind accelerator) {
    AppUser user = AppUser.current();
    List<Step> steps = new ArrayList<>(run.folders());
    shared.forEach(memory -> steps.add(new StreamFile(memory.file()).make()));
    requireRoom();
    steps.add(new Step.Concatenate(run.ramdisk(), ramdisk(user).parts()));
    return new DivePlan(
        PartitionedVm.NAME,
        request,
        run.name(),
        run.path(),
        steps,
        daemons(),
        machine(accelerator).command(qemu));
  }

  private List<String> argv() {
    List<String> argv = new ArrayList<>();
    argv.add(request.app().map(Path::toString).orElse(request.spec().name()));
    argv.addAll(request.args());
    return argv;
  }

  private Ramdisk ramdisk(AppUser user) {
    Ramdisk ramdisk =
        new Ramdisk()
            .archive(gpos.modules())
            .folder("diver")
            .program("init", CarriedProgram.AGENT.in(request.host().cache()))
            .text("diver/arguments", arguments(user))
            .text(COMMAND_LINE, commandLine(user))
            .program(KERNEL, request.image());
    request.app().map(Path::toAbsolutePath).ifPresent(app -> ramdisk.program(APP, app));
    return ramdisk;
  }

  private String commandLine(AppUser user) {
    List<String> words = new ArrayList<>(StreamWords.of(request.overrides().streams(), shared));
    words.addAll(DelegatorWords.of(request, delegation, user));
    return KernelCommandLine.fill(
        request.spec().boot(), words, request.env(), argv(), COMMAND_LINE_MOST);
  }

  /** Each word ends with a NUL. */
  private String arguments(AppUser user) {
    AgentOptions agent = new AgentOptions();
    agent.region(partition.netStart(), partition.netMemory());
    agent.cores(partition.netCores());
    agent.add("--kernel", "/" + KERNEL);
    agent.add("--command-line", "/" + COMMAND_LINE);
    agent.add("--doorbell-uart", DOORBELL_PORT);
    agent.app(request, delegation, Path.of("/" + APP), user);
    for (int i = 0; i < delegation.shares().size(); i++) {
      agent.share(delegation.shares().get(i), tag(i));
    }
    return String.join("\0", agent.words(argv())) + "\0";
  }

  /** QEMU would load it over memory that is another's, too. */
  private void requireRoom() {
    if (shared.isEmpty()) {
      return;
    }
    long files = 0;
    for (Path file : List.of(gpos.modules(), request.image(), app())) {
      files += file.toFile().length();
    }
    if (files + OTHERS > partition.netMemory()) {
      throw RequestCheck.invalid(
          "With streams the net's memory has to hold what its Linux starts from.",
          "Give it more than " + ((files + OTHERS) >> 20) + "M with --memory.");
    }
  }

  private Path app() {
    return request.app().orElse(request.image());
  }

  private static String tag(int share) {
    return "share" + share;
  }

  private List<Companion> daemons() {
    if (delegation.shares().isEmpty()) {
      return List.of();
    }
    Host host = request.host();
    Virtiofsd virtiofsd = Virtiofsd.find(host);
    List<Companion> daemons = new ArrayList<>();
    for (int i = 0; i < delegation.shares().size(); i++) {
      Share share = delegation.shares().get(i);
      Path socket = run.share(i);
      daemons.add(
          new Companion(
              "virtiofsd of " + share.host(),
              virtiofsd.command(host, share.host(), socket, share.readOnly()),
              socket,
              false));
    }
    return daemons;
  }

  private QemuOptions machine(Acceleration.Kind accelerator) {
    QemuOptions machine =
        new QemuOptions(
            run,
            linux.machine()
                + (shared.isEmpty() ? ",memory-backend=ram" : "")
                + partition.machineProperties(),
            request.debug());
    // shared, since the daemons read from and write to it
    if (shared.isEmpty()) {
      machine.add(
          "-object", "memory-backend-memfd,id=ram,size=" + partition.memory() + ",share=on");
    } else {
      machine.memory("memfd,share=on", partition.before(), shared, partition.behind());
    }
    machine.hardware(
        accelerator.option(), linux.cpu(), partition.cores(), Smp.CORES, partition.memory());
    machine.control();
    machine.consoleLog();
    machine.add("-serial", "chardev:console");
    machine.add("-serial", "null");
    machine.ports();
    for (int i = 0; i < delegation.shares().size(); i++) {
      String socket = QemuOptions.value(run.share(i));
      machine.add("-chardev", "socket,id=" + tag(i) + ",path=" + socket);
      machine.add("-device", "vhost-user-fs-pci,chardev=" + tag(i) + ",tag=" + tag(i));
    }
    machine.extras(request, needs);
    machine.software(
        gpos.image(),
        Optional.of(run.ramdisk()),
        // natively, Linux has the whole machine
        linux.commandLine() + (delegation.onLinux() ? "" : " " + partition.commandLine()));
    return machine;
  }
}
