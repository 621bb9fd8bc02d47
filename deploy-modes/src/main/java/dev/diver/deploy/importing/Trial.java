package dev.diver.deploy.importing;

import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.hypervisor.QemuHypervisor;
import dev.diver.deploy.importing.Sighting.End;
import dev.diver.deploy.importing.Sighting.Source;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.Runs;
import dev.diver.deploy.vm.FirmwareWords;
import dev.diver.deploy.vm.MachineEnd;
import dev.diver.deploy.vm.Vm;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.spec.KernelSpec.EndMeaning;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Boots a kernel once, as an ordinary full VM, with an ear on everything that it may print on: the
 * serial lines, the debug console, the screen; and with a debug exit at each of the usual ports.
 *
 * @param request of the import
 * @param spec of the kernel, as it is by now
 * @param folder that the spec's paths are relative to
 * @param app the executable that it gets, where it takes one
 */
record Trial(ImportRequest request, KernelSpec spec, Path folder, Optional<Path> app) {

  /** The ports of QEMU's isa-debug-exit that are in use: Linux's own choice and OSv's. */
  static final int PORT = 0xf4;

  static final int OTHER_PORT = 0x501;

  private static final int MOST_TEXT = 64 * 1024;
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration GRACE = Duration.ofSeconds(1);

  /** These stop an import; any other failure is one of this machine type. */
  private static final Set<Failure.Kind> FATAL =
      Set.of(
          Failure.Kind.MISSING,
          Failure.Kind.EXHAUSTED,
          Failure.Kind.DENIED,
          Failure.Kind.INTERRUPTED);

  /**
   * One boot. What cannot be booted on this machine is a sighting, too; it throws only where none
   * could be.
   *
   * @param machine QEMU's machine with its options
   */
  Sighting boot(String machine, Duration timeout) throws InterruptedException {
    Sighting first = boot(machine, timeout, PORT, true);
    if (!(first.end() instanceof End.DebugExit(int value, _))) {
      return first;
    }
    // QEMU does not tell which of two devices ended it
    Sighting alone = boot(machine, timeout, PORT, false);
    boolean otherPort = !(alone.end() instanceof End.DebugExit);
    if (otherPort && alone.spoke() && !first.spoke()) {
      return alone; // it meant another device at that port
    }
    return new Sighting(
        machine,
        new End.DebugExit(value, otherPort ? OTHER_PORT : PORT),
        first.lasted(),
        first.firstWord(),
        first.texts());
  }

  private Sighting boot(String machine, Duration timeout, int port, boolean both)
      throws InterruptedException {
    long begin = System.nanoTime();
    try {
      DeployMode mode = DeployMode.named(Draft.FULL_VM);
      RunFolder run = freeRun();
      DivePlan plan = mode.plan(dive(machine, timeout, port, both, run));
      Screen screen = new Screen();
      DiveConsole console =
          new DiveConsole(InputStream.nullInputStream(), screen, OutputStream.nullOutputStream());
      try (Vm dive = (Vm) mode.launch(plan, console);
          Watch watch = new Watch(run, spec, folder)) {
        DiveReport report = await(dive, watch);
        return new Sighting(
            machine,
            end(report.outcome(), dive.machineEnd(), watch),
            report.wall(),
            watch.firstWord(),
            texts(run, screen));
      }
    } catch (DiverException e) {
      if (FATAL.contains(e.failure().kind())) {
        throw e;
      }
      Duration lasted = Duration.ofNanos(System.nanoTime() - begin);
      return new Sighting(
          machine, new End.Failed(e.failure().what()), lasted, Optional.empty(), Map.of());
    } catch (IOException e) {
      throw IoFailure.of("read what was printed in", request.runs(), e);
    }
  }

  /** Until it ends, or until there is nothing more to be learnt. */
  private static DiveReport await(RunningDive dive, Watch watch) throws InterruptedException {
    CompletableFuture<DiveReport> end = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                end.complete(dive.await());
              } catch (InterruptedException | RuntimeException e) {
                end.completeExceptionally(e);
              }
            });
    while (true) {
      try {
        return end.get(POLL.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (watch.settled()) {
          dive.stop(GRACE);
        }
      } catch (ExecutionException e) {
        throw e.getCause() instanceof DiverException failure
            ? failure
            : new IllegalStateException(e.getCause());
      }
    }
  }

  private static End end(Outcome outcome, MachineEnd machine, Watch watch) {
    if (outcome instanceof Outcome.Stopped(Outcome.Reason reason)
        && reason == Outcome.Reason.INTERRUPTED) {
      throw ImportFolder.INTERRUPTED.exception();
    }
    return switch (machine) {
      case MachineEnd.DebugExit(int value) -> new End.DebugExit(value, PORT);
      case MachineEnd.PoweredOff _ -> new End.PoweredOff();
      case MachineEnd.Reset _, MachineEnd.GuestPanic _ -> new End.Reset();
      case MachineEnd.Asked _, MachineEnd.Failed _, MachineEnd.Silent _ ->
          new End.Running(watch.state());
    };
  }

  private RunFolder freeRun() {
    Runs runs = new Runs(request.runs());
    return runs.named(runs.freeName("import-" + ProcessHandle.current().pid()));
  }

  /** What is dived: the kernel as it is, but with all that can be heard. */
  private DiveRequest dive(
      String machine, Duration timeout, int port, boolean both, RunFolder run) {
    KernelSpec.ModeNeeds needs = Objects.requireNonNull(spec.modes().get(Draft.FULL_VM));
    AppDelivery delivery = app.isPresent() ? spec.boot().app() : AppDelivery.NONE;
    KernelSpec trial =
        Specs.with(
            spec,
            Specs.forTrial(spec.boot(), delivery),
            Specs.debugExit(port, EndMeaning.PANIC),
            Map.of(Draft.FULL_VM, Specs.with(needs, machine, List.of())));
    return new DiveRequest(
        request.host(),
        request.runs(),
        spec.name(),
        DiveRequest.Bootable.of(
            trial, folder.resolve(spec.boot().image()), path -> folder.resolve(path)),
        app,
        List.of(),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        timeout,
        List.of(),
        List.of(),
        List.of(),
        Watch.qemuWords(
            run,
            both
                ? Optional.of(QemuHypervisor.debugExit(Specs.debugExit(OTHER_PORT)))
                : Optional.empty()),
        false,
        Optional.of(run.name()),
        false,
        Optional.empty());
  }

  private static Map<Source, String> texts(RunFolder run, Screen screen) throws IOException {
    Map<Source, String> texts = new EnumMap<>(Source.class);
    put(texts, Source.SERIAL, start(run.console()));
    put(texts, Source.SECOND_SERIAL, start(Watch.secondSerial(run)));
    put(texts, Source.DEBUGCON, start(Watch.debugcon(run)));
    put(texts, Source.SCREEN, screen.toString(StandardCharsets.UTF_8));
    return texts;
  }

  private static void put(Map<Source, String> texts, Source source, String text) {
    String own = FirmwareWords.without(text);
    if (!own.isBlank()) {
      texts.put(source, own);
    }
  }

  /** What a kernel prints is not trusted to end. */
  private static String start(Path file) throws IOException {
    if (!Files.exists(file)) {
      return "";
    }
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MOST_TEXT), StandardCharsets.UTF_8);
    }
  }

  /** Keeps the beginning of what is written to it. */
  private static final class Screen extends ByteArrayOutputStream {
    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      super.write(bytes, offset, Math.min(length, Math.max(0, MOST_TEXT - size())));
    }

    @Override
    public synchronized void write(int b) {
      if (size() < MOST_TEXT) {
        super.write(b);
      }
    }
  }
}
