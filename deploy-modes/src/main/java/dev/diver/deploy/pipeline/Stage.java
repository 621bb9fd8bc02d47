package dev.diver.deploy.pipeline;

import dev.diver.kernels.net.Net;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.MemorySize;
import dev.diver.kernels.spec.ModeName;
import dev.diver.kernels.spec.TimeSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A part of a pipeline, as it is written; paths are relative to the file's folder. It is a net, an
 * executable or a command of this machine.
 *
 * @param net folder of a net
 * @param executable that is dived without a net
 * @param kernel that the executable runs on
 * @param command program and arguments, run on this machine's own Linux
 * @param mode how a net or executable is deployed; none: the net's own, else full-vm
 * @param cpus cores of its own; none: the net's, else 1
 * @param memory none: the net's, else what a dive is reckoned with
 * @param args of the net's app or the executable
 * @param env variables
 * @param secrets variables whose values are the user's, and are never shown
 * @param volumes folders that an app sees, as in {@code ./data:/data:ro}
 * @param delegate whether this machine's Linux serves what the kernel of a full VM does not
 * @param stdin what standard input is fed by; none: it is empty
 * @param inputs named inputs and what feeds them
 * @param stdout a file that standard output goes to; none: it is a stream
 * @param outputs named outputs that are files which the stage leaves
 * @param streams named outputs that are read while they are written
 * @param scatter what it runs over; none: it runs once
 * @param needs stages that have to have succeeded
 * @param when stages that have to have ended in some way
 * @param retries how often it is tried again where it fails
 * @param timeout after which a try is ended
 * @param estimate how long it is going to take
 * @param trace of a run on Linux, as diver trace records one, from which the speedup model tells
 *     how long it is going to take
 */
public record Stage(
    Optional<String> net,
    Optional<String> executable,
    Optional<String> kernel,
    Optional<List<String>> command,
    Optional<String> mode,
    Optional<Cores> cpus,
    Optional<MemorySize> memory,
    List<String> args,
    Map<String, String> env,
    List<String> secrets,
    List<String> volumes,
    boolean delegate,
    Optional<Feed> stdin,
    Map<String, Feed> inputs,
    Optional<String> stdout,
    Map<String, String> outputs,
    List<String> streams,
    Optional<Scatter> scatter,
    List<String> needs,
    Map<String, Condition> when,
    int retries,
    Optional<TimeSpan> timeout,
    Optional<TimeSpan> estimate,
    Optional<String> trace) {

  /** The output that every stage has. */
  static final String STDOUT = "stdout";

  static final String STDIN = "stdin";

  /** A field of a stage, and what feeds the input that it is. */
  record Input(String name, String field, Feed feed) {}

  /** All inputs, standard input first. */
  List<Input> allInputs() {
    List<Input> all = new ArrayList<>();
    stdin.ifPresent(feed -> all.add(new Input(STDIN, STDIN, feed)));
    inputs.forEach((name, feed) -> all.add(new Input(name, "inputs." + name, feed)));
    return all;
  }

  /** The names of all outputs, standard output first. */
  List<String> allOutputs() {
    List<String> all = new ArrayList<>(List.of(STDOUT));
    all.addAll(outputs.keySet());
    all.addAll(streams);
    return all;
  }

  /** Whether what is written to this output can be read at once, rather than when all is there. */
  boolean streams(String output) {
    return output.equals(STDOUT) ? stdout.isEmpty() : streams.contains(output);
  }

  /** Whether it is dived rather than run on this machine's own Linux. */
  public boolean isDive() {
    return command.isEmpty();
  }

  /**
   * The kernel that it is dived on.
   *
   * @param own its net, where it is one
   */
  Optional<KernelReference> kernel(Optional<Net> own) {
    return own.map(Net::kernel).or(() -> kernel.map(KernelReference::parse));
  }

  /**
   * The mode that it is dived in, unless it leaves that to Diver.
   *
   * @param own its net, where it is one
   */
  String divedIn(Optional<Net> own) {
    return mode.or(() -> own.flatMap(net -> net.dive().mode())).orElse(ModeName.FULL_VM);
  }

  /** The same in this mode. */
  Stage dived(Optional<String> how, boolean served) {
    return new Stage(
        net,
        executable,
        kernel,
        command,
        how,
        cpus,
        memory,
        args,
        env,
        secrets,
        volumes,
        served,
        stdin,
        inputs,
        stdout,
        outputs,
        streams,
        scatter,
        needs,
        when,
        retries,
        timeout,
        estimate,
        trace);
  }
}
