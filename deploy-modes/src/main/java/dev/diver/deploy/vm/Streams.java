package dev.diver.deploy.vm;

import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** The app's three standard streams between the machine and the caller. */
final class Streams {

  private final DiveConsole console;
  private final Runnable readerGone;
  private final boolean serial;
  private final boolean linuxTerminal;
  private final boolean elsewhere;
  private final Tail output;
  private final ErrorRelay errors;
  private final CountDownLatch inputWanted;
  private List<OutputRelay> relays = List.of();

  Streams(DivePlan plan, DiveConsole console, Runnable readerGone) {
    KernelSpec.Boot spec = plan.request().spec().boot();
    RunFolder run = new RunFolder(plan.folder());
    this.console = console;
    this.readerGone = readerGone;
    this.serial = spec.console() == Console.SERIAL;
    this.linuxTerminal = serial && spec.protocol() == Protocol.LINUX;
    this.output = new Tail(linuxTerminal ? new SerialText(console.out()) : plain(console.out()));
    this.elsewhere = plan.owner().isPresent();
    BootEvent boot = new BootEvent(run.report());
    this.errors = new ErrorRelay(console.err(), () -> !serial && !elsewhere && boot.seen());
    // a serial line's driver throws away what came before it was opened
    this.inputWanted = new CountDownLatch(linuxTerminal ? 1 : 0);
  }

  /**
   * Starts to pass bytes on.
   *
   * @param owner the process beside the machine that has the app's streams as pipes, if one has
   */
  void start(Process machine, Optional<Process> owner) {
    List<OutputRelay> started = new ArrayList<>();
    if (elsewhere) {
      started.add(new OutputRelay("machine", machine.getInputStream(), errors, readerGone));
    }
    Optional<Process> app = elsewhere ? owner : Optional.of(machine);
    if (app.isPresent()) {
      Process process = app.get();
      OutputRelay.Sink err = elsewhere ? plain(console.err()) : errors;
      started.add(new OutputRelay("stdout", process.getInputStream(), output, readerGone));
      started.add(new OutputRelay("stderr", process.getErrorStream(), err, readerGone));
      InputRelay.start(console.in(), process.getOutputStream(), inputWanted, inputEnd());
    }
    relays = List.copyOf(started);
  }

  /** How the machine's own streams are wired, where the app's are not among them. */
  void wire(ProcessBuilder machine) {
    if (elsewhere) {
      machine.redirectInput(Path.of("/dev/null").toFile()).redirectErrorStream(true);
    }
  }

  private InputRelay.End inputEnd() {
    if (linuxTerminal) {
      return InputRelay.End.TRANSMISSION;
    }
    return serial ? InputRelay.End.NONE : InputRelay.End.CLOSE;
  }

  /** The app can read now. */
  void appStarted() {
    inputWanted.countDown();
  }

  /** Whether anything was written to standard output. */
  boolean outputSeen() {
    return output.started();
  }

  /** The end of standard output, as it came from the machine. */
  String lastOutput() {
    return output.text();
  }

  /** What QEMU itself said. */
  String machineMessages() {
    return errors.messages();
  }

  /** Waits until all output is delivered. */
  void join() throws InterruptedException {
    for (OutputRelay relay : relays) {
      relay.join();
    }
  }

  /** Waits until all output is delivered, at most this long for each stream. */
  void join(Duration most) throws InterruptedException {
    for (OutputRelay relay : relays) {
      relay.join(most);
    }
  }

  private static OutputRelay.Sink plain(OutputStream out) {
    return (buffer, length) -> {
      out.write(buffer, 0, length);
      out.flush();
    };
  }
}
