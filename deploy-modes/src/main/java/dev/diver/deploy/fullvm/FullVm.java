package dev.diver.deploy.fullvm;

import dev.diver.deploy.Debuggable;
import dev.diver.deploy.Delegation;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Readiness;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.hypervisor.Choice;
import dev.diver.deploy.hypervisor.HostNetwork;
import dev.diver.deploy.hypervisor.Hypervisor;
import dev.diver.deploy.hypervisor.Invocation;
import dev.diver.deploy.hypervisor.Machine;
import dev.diver.deploy.hypervisor.QemuHost;
import dev.diver.deploy.hypervisor.SharedMemory;
import dev.diver.deploy.hypervisor.StreamWords;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.vm.Debugger;
import dev.diver.deploy.vm.RequestCheck;
import dev.diver.deploy.vm.Vm;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.ModeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The mode full-vm: a net in a virtual machine of its own, on any hypervisor. */
public final class FullVm implements DeployMode, Debuggable {

  static final String NAME = ModeName.FULL_VM;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Readiness readiness(Host host) {
    List<String> facts = new ArrayList<>();
    List<Readiness.Thing> missing = new ArrayList<>();
    QemuHost.look(host, facts, missing);
    facts.addAll(HostDelegate.facts(host));
    Hypervisor.all().forEach(hypervisor -> facts.add(fact(hypervisor, host)));
    return missing.isEmpty() ? new Readiness.Ready(facts) : new Readiness.Missing(missing, facts);
  }

  private static String fact(Hypervisor hypervisor, Host host) {
    return "--hypervisor "
        + hypervisor.name()
        + ": "
        + hypervisor.missing(host).map(lacks -> "no. " + lacks.what()).orElse("can be used");
  }

  @Override
  public DivePlan plan(DiveRequest request) {
    KernelSpec.ModeNeeds needs = RequestCheck.check(request, NAME);
    RunFolder run = Vm.folder(request);
    Choice choice = Choice.of(request.spec().name(), needs, request.overrides());
    StreamWords.require(request, needs);
    List<SharedMemory> shared = SharedMemory.of(request.overrides().streams(), SharedMemory.START);
    NetMachine net = new NetMachine(request, needs, run, shared);
    Optional<Delegation> delegation = request.delegation();
    if (delegation.isPresent()) {
      return new HostDelegate(request, delegation.get(), needs, net, run).plan(choice);
    }
    Machine machine = net.machine(choice.type());
    choice.hypervisor().obstacle(machine).ifPresent(FullVm::fail);
    Invocation invocation = choice.hypervisor().plan(machine, request.host(), run);
    List<Step> steps = new ArrayList<>(net.steps());
    steps.addAll(invocation.steps());
    return new DivePlan(
        NAME, request, run.name(), run.path(), steps, List.of(), invocation.command());
  }

  private static void fail(Failure failure) {
    throw failure.exception();
  }

  @Override
  public RunningDive launch(DivePlan plan, DiveConsole console) {
    DiveRequest request = plan.request();
    KernelSpec.ModeNeeds needs = RequestCheck.needs(request, NAME);
    Choice.of(request.spec().name(), needs, request.overrides())
        .hypervisor()
        .missing(request.host())
        .ifPresent(FullVm::fail);
    HostNetwork.require(plan.request().overrides().network());
    return Vm.launch(plan, console, this::plan);
  }

  @Override
  public String debuggerCommand(DivePlan plan) {
    return Debugger.command(plan);
  }
}
