package dev.diver.deploy.hardware;

import dev.diver.deploy.Delegation;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Hardware;
import dev.diver.deploy.Hardware.OnDisconnect;
import dev.diver.deploy.agent.AgentOptions;
import dev.diver.deploy.agent.AppUser;
import dev.diver.deploy.agent.DelegatorWords;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.node.Node;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.vm.KernelCommandLine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What makes an enclave on a node: its files are brought there, its name is taken there, and the
 * agent there does the rest.
 *
 * @param request that is to be met
 * @param delegation of the request
 * @param hardware of the request
 * @param cores that it gets
 * @param memory that it gets, in bytes
 * @param run the dive's folder on this machine
 */
record HardwarePlan(
    DiveRequest request,
    Delegation delegation,
    Hardware hardware,
    List<Integer> cores,
    long memory,
    RunFolder run) {

  /** What the agent has room for, in bytes (deploy-modes/agent/load.c, COMMAND_LINE_MAX). */
  private static final int COMMAND_LINE_MOST = 65535;

  /** Memory is taken in huge pages of x86-64. */
  private static final long PAGE = 2L << 20;

  private static final AppUser ROOT = new AppUser(0, 0);

  DivePlan plan() {
    Enclaves enclaves = Enclaves.of(hardware.node(), request.host());
    List<Path> files = new ArrayList<>(List.of(enclaves.program(), request.image()));
    files.add(app());
    Path commandLine = run.path().resolve("command-line");
    List<Step> steps = new ArrayList<>(run.folders());
    steps.add(new Step.Concatenate(commandLine, List.of(Step.Part.Text.utf8(commandLine()))));
    steps.addAll(node().bring(files));
    steps.add(new TakeName(node(), folder(), commandLine));
    return new DivePlan(
        PartitionedHardware.NAME,
        request,
        run.name(),
        run.path(),
        steps,
        List.of(),
        node().command(enclaves.words(start()), HardwareDive.log(run)));
  }

  /** Whether the node's agent goes on alone, since nobody here has the app's streams. */
  static boolean isLeftThere(DiveRequest request) {
    return request.detached() && request.isElsewhere();
  }

  private Node node() {
    return hardware.node();
  }

  private Path folder() {
    return Enclaves.folder(run.name());
  }

  private Path app() {
    return request.app().map(Path::toAbsolutePath).orElseThrow();
  }

  private List<String> argv() {
    List<String> argv = new ArrayList<>(List.of(app().toString()));
    argv.addAll(request.args());
    return argv;
  }

  /** Elsewhere the app runs as the user there who starts it. */
  private AppUser user() {
    return request.isElsewhere() ? ROOT : AppUser.current();
  }

  private String commandLine() {
    return KernelCommandLine.fill(
        request.spec().boot(),
        DelegatorWords.of(request, delegation, user()),
        request.env(),
        argv(),
        COMMAND_LINE_MOST);
  }

  private List<String> start() {
    AgentOptions agent = new AgentOptions();
    agent.add("--name", run.name());
    agent.add("--dir", folder().toString());
    agent.cores(cores);
    agent.add("--pages", Long.toString((memory + PAGE - 1) / PAGE));
    hardware.memoryNode().ifPresent(node -> agent.add("--node", node.toString()));
    hardware.devices().forEach(address -> agent.add("--device", address));
    request.overrides().streams().in().ifPresent(file -> agent.add("--stream-in", "" + file));
    request.overrides().streams().out().ifPresent(file -> agent.add("--stream-out", "" + file));
    if (!node().isHere() || hardware.onDisconnect() == OnDisconnect.CONTINUE) {
      agent.add("--on-disconnect", hardware.onDisconnect().name().toLowerCase(Locale.ROOT));
    }
    if (isLeftThere(request)) {
      agent.add("--detach");
    }
    agent.add("--kernel", node().place(request.image()).toString());
    agent.add("--command-line", folder().resolve("command-line").toString());
    agent.app(request, delegation, node().place(app()), user());
    delegation.shares().forEach(share -> agent.share(share, share.host().toString()));
    List<String> words = new ArrayList<>(List.of("start"));
    words.addAll(agent.words(argv()));
    return words;
  }
}
