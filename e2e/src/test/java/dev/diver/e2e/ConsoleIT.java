package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A terminal at the console of a machine, in tmux: keys, leaving, and the terminal afterwards. */
class ConsoleIT {

  private static final int SECONDS = 120;

  @TempDir private Path folder;
  private Shell user;

  @BeforeEach
  void aKernelThatEchoesWhatIsTyped() throws IOException {
    Path kernel = Files.createDirectories(folder.resolve("kernel"));
    Files.copy(Shell.ROOT.resolve("e2e/kernels/build/prompt.elf"), kernel.resolve("prompt.elf"));
    Files.writeString(
        kernel.resolve("kernel.toml"),
        """
        name = "prompt"
        version = "1"
        summary = "asks for a line"
        abi = "none"
        [boot]
        protocol = "multiboot1"
        image = "prompt.elf"
        [exit]
        convention = "console-pattern"
        pattern = 'status ([0-9]+)'
        coding = "decimal"
        [modes.full-vm]
        memory = "32M"
        """);
    user = new Shell(folder, Map.of("DIVER_HOME", folder.resolve("home").toString()));
    Expect.success(user.diver("kernel", "package", "kernel"));
  }

  @AfterEach
  void noTerminalIsLeft() {
    tmux("kill-server");
  }

  @Test
  void everyKeyGoesToTheMachineUntilTheUserLeaves() throws Exception {
    attach();
    tmux("send-keys", "abc", "C-c", "d");
    await("tiny> abc.?d");
    tmux("send-keys", "C-]");
    assertEquals("130", ended());
    assertTrue(screen().contains("Left the console"), this::screen);
    assertEquals(read("before"), read("after"));
    assertEquals(List.of(), Expect.processesNaming(user.home().toString()));
  }

  /**
   * remora's app has no serial line: it reads and writes ports, which have no echo of their own.
   */
  @Test
  void whatIsTypedReachesAnAppThatHasPortsForItsStreams() throws Exception {
    String remora = KernelPackages.REMORA.toString();
    Expect.success(user.diver("kernel", "build", "--quiet", remora));
    Expect.success(user.diver("kernel", "package", remora));
    attach(
        "--kernel remora:0.1.0 /bin/busybox --"
            + " sh -c 'echo ready; read -r line; echo it got $line; exit 3'",
        "ready");
    tmux("send-keys", "abc", "Enter");
    assertEquals("3", ended());
    assertTrue(screen().matches("(?s).*ready\\s+abc\\s+it got abc\\s.*"), this::screen);
    assertEquals(read("before"), read("after"));
  }

  @Test
  void theTerminalIsRestoredEvenWhereDiverIsKilled() throws Exception {
    attach();
    long shell = Long.parseLong(tmux("display", "-p", "#{pane_pid}").strip());
    ProcessHandle.of(shell)
        .orElseThrow()
        .descendants()
        .filter(process -> process.info().command().orElse("").endsWith("/java"))
        .forEach(ProcessHandle::destroyForcibly);
    assertEquals("137", ended());
    assertEquals(read("before"), read("after"));
    assertEquals(List.of(), Expect.processesNaming(user.home().toString()));
  }

  @Test
  void withoutATerminalThereIsNothingToAttach() {
    Expect.failure(user.diver("dive", "--console", "--kernel", "prompt:1"), "no terminal");
  }

  private void attach() throws Exception {
    attach("--kernel prompt:1", "tiny>");
  }

  private void attach(String dive, String prompt) throws Exception {
    Files.writeString(
        folder.resolve("session"),
        """
        stty -g >before
        %s dive --console --quiet %s
        echo $? >status
        sleep 1
        stty -g >after
        touch ended
        cat
        """
            .formatted(Shell.DIVER, dive));
    tmux("new-session", "-d", "-x", "100", "-y", "30", "sh", "session");
    await(prompt);
  }

  /** The status of Diver. */
  private String ended() throws Exception {
    for (int i = 0; i < SECONDS * 10 && !Files.exists(folder.resolve("ended")); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
    return read("status");
  }

  private void await(String text) throws InterruptedException {
    for (int i = 0; i < SECONDS * 10; i++) {
      if (screen().matches("(?s).*" + text + ".*")) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    throw new AssertionError("\"" + text + "\" never came:\n" + screen());
  }

  private String screen() {
    return tmux("capture-pane", "-p");
  }

  private String read(String file) throws IOException {
    return Files.readString(folder.resolve(file)).strip();
  }

  private String tmux(String... words) {
    String[] command = new String[words.length + 5];
    System.arraycopy(
        new String[] {"tmux", "-f", "/dev/null", "-S", folder.resolve("tmux").toString()},
        0,
        command,
        0,
        5);
    System.arraycopy(words, 0, command, 5, words.length);
    return user.run(command).text();
  }
}
