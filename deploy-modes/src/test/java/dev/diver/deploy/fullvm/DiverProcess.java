package dev.diver.deploy.fullvm;

import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.run.Detached;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.Runs;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A Diver in a process of its own: dives the app on remora as the command line would. */
final class DiverProcess {

  private DiverProcess() {}

  /** The command that runs {@link #main}. */
  static List<String> command(Path home, String name, boolean detached, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(DiverProcess.class.getName(), home.toString(), name));
    command.add(Boolean.toString(detached));
    command.addAll(List.of(args));
    return command;
  }

  /** Arguments: home, name, whether detached, the app's. Exits as the app does, else with 125. */
  public static void main(String[] args) throws IOException, InterruptedException {
    String[] appArgs = List.of(args).subList(3, args.length).toArray(new String[0]);
    Guests.Dive dive =
        Guests.remora()
            .dive(Path.of(args[0]))
            .app(Guests.program("app"), appArgs)
            .timeout(Duration.ZERO)
            .named(args[1]);
    boolean detached = Boolean.parseBoolean(args[2]);
    RunFolder run = new Runs(dive.r().runs()).named(args[1]);
    DiveConsole console =
        detached
            ? new DiveConsole(Detached.input(), Detached.output(run), Detached.errors(run))
            : new DiveConsole(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err));
    try (RunningDive running = (detached ? dive.detached() : dive).launch(console)) {
      DiveReport report = running.await();
      System.exit(
          report.outcome() instanceof dev.diver.deploy.Outcome.Exited(int status) ? status : 125);
    }
  }
}
