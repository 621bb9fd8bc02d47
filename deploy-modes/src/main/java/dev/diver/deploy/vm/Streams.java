package dev.diver.deploy.vm;

import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/** The app's three standard streams between the machine and the caller. */
final class Streams {

  private final DiveConsole console;
  private final Runnable readerGone;
  private final Control control;
  private final Path scratch;
  private final Console kind;
  private final boolean linuxTerminal;
  private final boolean elsewhere;
  private final boolean apart;
  private final OutputRelay.Sink output;
  private final ErrorRelay errors;
  private final CountDownLatch inputWanted;
  private List<OutputRelay> relays = List.of();
  private Optional<Thread> screen = Optional.empty();

  /**
   * Not yet wired.
   *
   * @param text what is printed is shown to it, too
   * @param control of the machine
   */
  Streams(
      DivePlan plan, DiveConsole console, ConsoleText text, Control control, Runnable readerGone) {
    KernelSpec.Boot spec = plan.request().spec().boot();
    RunFolder run = new RunFolder(plan.folder());
    this.console = console;
    this.readerGone = readerGone;
    this.control = control;
    this.scratch = run.path().resolve("screen");
    this.kind = spec.console();
    this.linuxTerminal = kind == Console.SERIAL && spec.protocol() == Protocol.LINUX;
    this.output =
        shown(
            text,
            linuxTerminal ? new SerialText(console.out()) : OutputRelay.Sink.to(console.out()));
    this.elsewhere = plan.owner().isPresent();
    this.apart = elsewhere || kind == Console.VGA || kind == Console.NONE;
    boolean reports = plan.request().spec().exit().convention() == ExitConvention.REPORT;
    BootEvent boot = new BootEvent(run.report());
    BooleanSupplier started = reports ? boot::seen : control::ready;
    this.errors =
        new ErrorRelay(
            console.err(),
            () -> kind == Console.VIRTIO_PORTS && !elsewhere && started.getAsBoolean());
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
    if (apart) {
      started.add(new OutputRelay("machine", machine.getInputStream(), errors, readerGone));
    }
    Optional<Process> app = apart ? owner : Optional.of(machine);
    if (app.isPresent()) {
      Process process = app.get();
      OutputRelay.Sink err = elsewhere ? OutputRelay.Sink.to(console.err()) : errors;
      started.add(new OutputRelay("stdout", process.getInputStream(), output, readerGone));
      started.add(new OutputRelay("stderr", process.getErrorStream(), err, readerGone));
      if (kind != Console.DEBUGCON) { // which only prints
        InputRelay.start(console.in(), process.getOutputStream(), inputWanted, inputEnd());
      }
    }
    relays = List.copyOf(started);
    if (kind == Console.VGA) {
      screen = Optional.of(ScreenRelay.start(control, machine, scratch, output, readerGone));
    }
  }

  /** How the machine's own streams are wired, where the app's are not among them. */
  void wire(ProcessBuilder machine) {
    if (apart) {
      machine.redirectInput(Path.of("/dev/null").toFile()).redirectErrorStream(true);
    }
  }

  private InputRelay.End inputEnd() {
    if (linuxTerminal) {
      return InputRelay.End.TRANSMISSION;
    }
    return kind == Console.SERIAL ? InputRelay.End.NONE : InputRelay.End.CLOSE;
  }

  /** The app can read now. */
  void appStarted() {
    inputWanted.countDown();
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
    if (screen.isPresent()) {
      screen.get().join();
    }
  }

  /** Waits until all output is delivered, at most this long for each stream. */
  void join(Duration most) throws InterruptedException {
    for (OutputRelay relay : relays) {
      relay.join(most);
    }
    if (screen.isPresent()) {
      screen.get().join(most);
    }
  }

  /** Keeps what is printed, and searches it, before a slow reader gets it. */
  private static OutputRelay.Sink shown(ConsoleText text, OutputRelay.Sink next) {
    return new OutputRelay.Sink() {
      @Override
      public void write(byte[] buffer, int length) throws IOException {
        text.take(buffer, length);
        next.write(buffer, length);
      }

      @Override
      public void end() throws IOException {
        next.end();
      }
    };
  }
}
