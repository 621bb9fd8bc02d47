package dev.diver.deploy.run;

import dev.diver.deploy.machine.Step;
import dev.diver.kernels.pack.Staging;
import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All that belongs to one dive.
 *
 * @param path absolute; its last name is the dive's
 */
public record RunFolder(Path path) {

  /** sun_path of unix(7) holds 108 bytes with the NUL; the longest name here is bell.sock. */
  private static final int MAX_SOCKET_FOLDER = 107 - "/bell.sock".length();

  /** A file system in memory (shm_overview(7)). */
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  /** The dive's name. */
  public String name() {
    return path.getFileName().toString();
  }

  /** What the kernel prints. */
  public Path console() {
    return path.resolve("console.log");
  }

  /** What the kernel reports, as JSON lines. */
  public Path report() {
    return path.resolve("report.jsonl");
  }

  /** What the dive came to: the DiveReport as JSON. */
  public Path dive() {
    return path.resolve("dive.json");
  }

  /** A detached app's standard output. */
  public Path stdout() {
    return path.resolve("stdout.log");
  }

  /** A detached app's standard error. */
  public Path stderr() {
    return path.resolve("stderr.log");
  }

  /** An initial ramdisk that was made for this dive. */
  public Path ramdisk() {
    return path.resolve("initrd");
  }

  /** Where the machine writes its process number. */
  public Path pidFile() {
    return path.resolve("qemu.pid");
  }

  /** The machine's control socket. */
  public Path qmp() {
    return sockets().resolve("qmp.sock");
  }

  /** The debugger's socket. */
  public Path gdb() {
    return sockets().resolve("gdb.sock");
  }

  /** Where the delegate agent is reached. */
  public Path doorbell() {
    return sockets().resolve("bell.sock");
  }

  /** Where the daemon is reached that serves the shared folder of this number, 0 to 99. */
  public Path share(int number) {
    return sockets().resolve("fs" + number + ".sock");
  }

  /** What a process beside the machine says. */
  public Path log(String process) {
    return path.resolve(process + ".log");
  }

  /**
   * The machine's memory, where another process is to see it: a file in memory where there is room,
   * else one in the folder, which is slower since Linux writes it to the disk.
   */
  public Path memory(long bytes) {
    return SHARED_MEMORY.toFile().getUsableSpace() > bytes ? sharedMemory() : diskMemory();
  }

  /** Takes the machine's memory from the file system: who has opened it keeps it. */
  public void forgetMemory() throws IOException {
    Files.deleteIfExists(sharedMemory());
    Files.deleteIfExists(diskMemory());
  }

  private Path sharedMemory() {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    return SHARED_MEMORY.resolve("diver-" + Digest.of(bytes).shortHex());
  }

  private Path diskMemory() {
    return path.resolve("memory");
  }

  /**
   * The folder by a path without blanks that is short enough for sockets: itself, else a symbolic
   * link to it (which the plan makes) in the folder for temporary files.
   */
  public Path sockets() {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    return bytes.length <= MAX_SOCKET_FOLDER && path.toString().indexOf(' ') < 0
        ? path
        : Path.of("/tmp", "diver-" + Digest.of(bytes).shortHex());
  }

  /** What makes the folder. */
  public List<Step> folders() {
    List<Step> steps = new ArrayList<>();
    steps.add(new Step.MakeFolder(path));
    if (!sockets().equals(path)) {
      steps.add(new Step.Link(sockets(), path));
    }
    return steps;
  }

  /** Present where somebody asked for the dive's end. */
  public Path stopRequest() {
    return path.resolve("stop");
  }

  /** What is known of the dive; empty where nothing or nonsense was written. */
  public Optional<RunState> state() {
    try {
      return RunState.parse(Files.readAllBytes(path.resolve("state.json")));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replaces the state; a reader sees the old one or the new one. */
  public void write(RunState state) throws IOException {
    Staging.replace(path.resolve("state.json"), state.toJson());
  }

  /** The machine's process, if it runs and really is this dive's. */
  public Optional<ProcessIdentity> machine() {
    try {
      long pid = Long.parseLong(Files.readString(pidFile()).strip());
      Optional<ProcessIdentity> process = ProcessIdentity.of(pid);
      String command = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
      return process.filter(p -> ("\0" + command + "\0").contains("\0" + pidFile() + "\0"));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Removes the folder and all in it; what is already gone is no error. */
  public void delete() throws IOException {
    if (!sockets().equals(path)) {
      Files.deleteIfExists(sockets());
    }
    forgetMemory();
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(entry);
      }
    } catch (NoSuchFileException e) {
      return; // another process was faster
    } catch (UncheckedIOException e) {
      if (!(e.getCause() instanceof NoSuchFileException)) {
        throw e.getCause();
      }
    }
  }
}
