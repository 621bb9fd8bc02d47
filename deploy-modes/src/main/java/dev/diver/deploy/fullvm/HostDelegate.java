package dev.diver.deploy.fullvm;

import dev.diver.deploy.Companion;
import dev.diver.deploy.Delegation;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.agent.AgentOptions;
import dev.diver.deploy.agent.AppUser;
import dev.diver.deploy.agent.DelegatorWords;
import dev.diver.deploy.hypervisor.Choice;
import dev.diver.deploy.hypervisor.QemuHost;
import dev.diver.deploy.hypervisor.QemuOptions;
import dev.diver.deploy.machine.Acceleration;
import dev.diver.deploy.machine.CarriedProgram;
import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Namespaces;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.vm.KernelCommandLine;
import dev.diver.deploy.vm.RequestCheck;
import dev.diver.kernels.elf.CoKernelNote;
import dev.diver.kernels.elf.ElfFile;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.spec.MemorySize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A full VM whose kernel forwards calls to an agent on the host. The VM's memory is a file that the
 * agent maps too; its second serial line is the doorbell; the app's standard streams are the
 * agent's own.
 *
 * @param request that is to be met
 * @param delegation of the request
 * @param needs of the kernel
 * @param net what is made for the net in any case
 * @param run the dive's folder
 */
record HostDelegate(
    DiveRequest request,
    Delegation delegation,
    KernelSpec.ModeNeeds needs,
    NetMachine net,
    RunFolder run) {

  /** COM2. */
  private static final String DOORBELL = "isa-serial,chardev=bell,iobase=0x2f8,irq=3";

  /** Memory above this, where devices lie below 4 GiB, continues at 4 GiB (QEMU, microvm.c). */
  private static final long LOW_MEMORY = 3L << 30;

  private static final long HIGH_MEMORY = 4L << 30;

  /** linux/landlock.h; Linux shows its security modules in securityfs. */
  private static final Path SECURITY_MODULES = Path.of("/sys/kernel/security/lsm");

  /** What delegation to this host's Linux finds, for doctor. */
  static List<String> facts(Host host) {
    List<String> facts = new ArrayList<>();
    facts.add(
        "--delegate: room for "
            + new MemorySize(Path.of("/dev/shm").toFile().getUsableSpace() >> 20 << 20)
            + " of shared memory in /dev/shm");
    facts.add(
        Namespaces.allowed(host)
            ? "--delegate: the agent is confined " + confinement()
            : "--delegate: not possible, since this user may make no namespaces;"
                + " sudo sysctl user.max_user_namespaces=10000");
    return facts;
  }

  private static String confinement() {
    try {
      String modules = Files.readString(SECURITY_MODULES);
      return modules.contains("landlock")
          ? "by namespaces, seccomp and Landlock"
          : "by namespaces and seccomp; this Linux has no Landlock turned on";
    } catch (IOException e) {
      return "by namespaces, seccomp, and Landlock where Linux has it";
    }
  }

  DivePlan plan(Choice choice) {
    check(choice);
    AppUser user = AppUser.current();
    return delegation.onLinux() ? withoutMachine(user) : withMachine(choice.type(), user);
  }

  /** The app runs in the agent's place, as it is confined: there is nothing to boot. */
  private DivePlan withoutMachine(AppUser user) {
    AgentOptions agent = new AgentOptions();
    agent.add("host");
    agent.add("--report", run.report().toString());
    return new DivePlan(
        FullVm.NAME, request, run.name(), run.path(), net.steps(), List.of(), agent(agent, user));
  }

  private DivePlan withMachine(Optional<String> type, AppUser user) {
    Qemu qemu = Qemu.find(request.host());
    Acceleration.Kind accelerator = QemuHost.accelerator(request.host(), qemu).kind();
    List<Step> steps = new ArrayList<>(net.steps());
    Path memoryFile = run.memory(memory().bytes()); // once: the room there may change
    steps.add(new Step.Reserve(memoryFile, memory().bytes()));
    return new DivePlan(
        FullVm.NAME,
        request,
        run.name(),
        run.path(),
        steps,
        List.of(new Companion("delegate agent", agent(user, memoryFile), run.doorbell(), true)),
        machine(type, accelerator, user, memoryFile).command(qemu));
  }

  private void check(Choice choice) {
    if (!choice.isQemu()) {
      throw RequestCheck.unsupported(
          "With --delegate the machine's memory is shared, which Diver does with QEMU alone.",
          "Leave out --hypervisor or --delegate.");
    }
    if (request.overrides().firmware().isPresent() || !needs.cpuFeatures().isEmpty()) {
      throw RequestCheck.unsupported(
          "With --delegate a kernel is entered without firmware, on a CPU as it is.",
          "Leave out --firmware or --delegate.");
    }
    if (!request.overrides().streams().isEmpty()) {
      throw RequestCheck.unsupported(
          "Streams in shared memory are for a sealed VM: with --delegate the app's are the"
              + " agent's.",
          "Leave out --stream-in and --stream-out, or --delegate.");
    }
    if (delegation.gpos().isPresent()) {
      throw RequestCheck.invalid(
          "A full VM has no Linux in it.", "Leave the options for it out, or take another mode.");
    }
    if (request.spec().boot().app() != AppDelivery.INITRD) {
      throw RequestCheck.unsupported(
          request.spec().name() + " does not forward system calls.",
          "Use a kernel that does, such as remora, or dive without --delegate.");
    }
    CoKernelNote.requireDelegator(ElfFile.read(request.image()), request.spec().name());
  }

  private MemorySize memory() {
    return request.memory().orElse(needs.memory());
  }

  private int cores() {
    return request.cpus().map(CpuList::count).orElse(1);
  }

  private CommandLine agent(AppUser user, Path memoryFile) {
    AgentOptions agent = new AgentOptions();
    agent.add("host");
    agent.add("--memory", memoryFile.toString());
    long low = Math.min(memory().bytes(), LOW_MEMORY);
    agent.region(0, low, 0);
    if (memory().bytes() > low) {
      agent.region(HIGH_MEMORY, memory().bytes() - low, low);
    }
    agent.add("--doorbell", run.doorbell().toString());
    agent.add("--report", run.report().toString());
    agent.add("--log", run.console().toString());
    return agent(agent, user);
  }

  /** What it is told in any case, after what this dive alone needs. */
  private CommandLine agent(AgentOptions agent, AppUser user) {
    agent.cores(IntStream.range(0, cores()).boxed().toList());
    agent.app(request, delegation, app(), user);
    delegation.shares().forEach(share -> agent.share(share, share.host().toString()));
    return new CommandLine(CarriedProgram.AGENT.in(request.host().cache()), agent.with(net.argv()));
  }

  private Path app() {
    return request.app().map(Path::toAbsolutePath).orElseThrow();
  }

  private QemuOptions machine(
      Optional<String> type, Acceleration.Kind accelerator, AppUser user, Path memoryFile) {
    QemuOptions machine =
        new QemuOptions(run, type.orElse(needs.machine()) + ",memory-backend=ram", request.debug());
    machine.add(
        "-object",
        "memory-backend-file,id=ram,size="
            + memory()
            + ",mem-path="
            + QemuOptions.value(memoryFile)
            + ",share=on");
    machine.hardware(
        accelerator.option(),
        request.overrides().cpu().orElse(needs.cpu()),
        cores(),
        needs.smp(),
        memory());
    machine.control();
    machine.consoleLog();
    machine.add("-serial", "chardev:console");
    machine.add("-chardev", "socket,id=bell,path=" + QemuOptions.value(run.doorbell()));
    machine.add("-device", DOORBELL);
    machine.extras(request, needs);
    List<String> words = new ArrayList<>(List.of(DelegatorWords.overSerialLine()));
    words.addAll(DelegatorWords.of(request, delegation, user));
    String commandLine =
        KernelCommandLine.fill(request.spec().boot(), words, request.env(), net.argv());
    machine.software(request.image(), Optional.of(app()), commandLine);
    return machine;
  }
}
