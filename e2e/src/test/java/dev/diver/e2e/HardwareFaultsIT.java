package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever dies, cores and memory are Linux's again, at the latest with the next command. */
@ExtendWith({SharedCatalog.class, SharedNode.class})
class HardwareFaultsIT {

  private static final String NAME = "victim";
  private static final String LEDGER = "/run/diver/enclaves/" + NAME + "/ledger";

  @TempDir private static Path folder;
  private static Enclaves enclaves;
  private static Node node;

  @BeforeAll
  static void reachTheNode(Catalog catalog, Node shared) throws IOException {
    node = shared;
    enclaves = Enclaves.of(catalog.user(folder), node);
  }

  @AfterEach
  void allIsGivenBack() throws IOException {
    enclaves.endAll();
    enclaves.expectNothingLeft();
  }

  @ParameterizedTest
  @CsvSource({
    "created, keeper",
    "created, all",
    "booting, keeper",
    "booting, delegate",
    "booting, all",
    "running, keeper",
    "running, delegate",
    "running, all"
  })
  void killedInAnyStateItGivesAllBack(String state, String who) {
    CompletableFuture<Shell.Result> dive = dive();
    killWhen(state, who);
    Shell.Result result = dive.join();
    Expect.failure(result);
    assertEquals("ended", enclaves.state(NAME));
  }

  @Test
  void aBrokenConnectionEndsADive() {
    CompletableFuture<Shell.Result> dive = dive();
    awaitRunning(dive);
    node.dropConnections();
    Expect.failure(dive.join(), "connection to node was lost", "is ended there");
    Node.await("all is given back", () -> enclaves.there().isEmpty());
  }

  @Test
  void aBrokenConnectionNeedNotEndADive() {
    CompletableFuture<Shell.Result> dive = dive("--on-disconnect", "continue");
    awaitRunning(dive);
    node.dropConnections();
    Expect.failure(dive.join(), "goes on there", "diver logs -f");
    assertEquals("running", enclaves.state(NAME));
    enclaves.expectCores("0-2");
    Expect.success(enclaves.user().diverHere(Enclaves.words("stop", "--rm", NAME)));
    enclaves.expectCores("0-3");
  }

  @Test
  void aRestartOfTheNodeIsSaid() {
    enclaves.start("left", List.of("--cpus", "1-1", "--memory", "64M"), "1");
    CompletableFuture<Shell.Result> dive = dive();
    awaitRunning(dive);
    node.reboot();
    Expect.failure(dive.join(), "node");
    Node.await(
        "the other has ended, too",
        () -> Expect.success(enclaves.user().diverHere("ps", "--quiet")).text().isEmpty());
    assertEquals(List.of(), enclaves.there());
    enclaves.stop("left");
    Expect.success(enclaves.dive("/bin/busybox", "--", "true"));
  }

  /** Its file is one that takes nothing that is written to it, and reads as offline. */
  @Test
  void aCoreThatLinuxDoesNotTakeBackIsSaidAndTriedAgain() {
    String file = "/sys/devices/system/cpu/cpu3/online";
    enclaves.start(NAME, List.of("--cpus", "3-3", "--memory", "64M"), "1");
    node.ask("mount --bind /dev/full " + file);
    try {
      Expect.failure(
          enclaves.user().diverHere(Enclaves.words("stop", NAME)),
          "Linux has not taken back all that the enclave " + NAME + " had");
      assertEquals("orphaned", enclaves.state(NAME));
      Expect.failure(enclaves.user().diverHere(Enclaves.words("rm", NAME)), "is running");
      Node.await(
          "the dive has ended",
          () -> Expect.success(enclaves.user().diverHere("ps", "--quiet")).text().isEmpty());
      Enclaves.expectSaid(
          "has not taken all of it back", Expect.success(enclaves.user().diverHere("ps", "--all")));
    } finally {
      node.ask("umount " + file);
    }
    assertEquals("ended", enclaves.state(NAME));
    enclaves.expectCores("0-3");
  }

  /** On this machine as well: whoever asks for its dives sees to that first. */
  @Test
  void whatIsLeftOnThisMachineIsGivenBackByTheNextCommand() {
    Shell.Result result =
        Expect.success(
            enclaves
                .user()
                .sh(
                    """
                    unshare --map-root-user --mount sh -ec '
                      mount -t tmpfs none /run
                      mkdir -p /run/diver/enclaves/left
                      cd /run/diver/enclaves/left
                      printf "name left\\nkeeper 1 1\\nfile /run/pages\\n" >ledger
                      touch /run/pages
                      diver ps
                      test ! -e /run/pages
                      tail -n 1 ledger'
                    """));
    assertTrue(result.text().endsWith("state ended\n"), result::toString);
  }

  @Test
  void aKernelThatNeverReportsIsGivenUp() throws IOException {
    Path deaf = deafKernel();
    Expect.success(enclaves.user().diverHere("kernel", "package", deaf.toString()));
    Shell.Result dive =
        enclaves
            .user()
            .diverHere(
                "dive",
                "--mode",
                "partitioned-hardware",
                "--host",
                Node.HOST,
                "--kernel",
                "deaf:0.1.0",
                "/bin/busybox",
                "--",
                "true");
    Expect.failure(dive);
  }

  /** remora, but all of its code is HLT, which a core that nobody interrupts never leaves. */
  private static Path deafKernel() {
    Shell here = new Shell(folder, enclaves.user().environment());
    Path deaf = KernelPackages.copyOfRemora(here, "deaf");
    Expect.success(
        here.in(deaf)
            .sh(
                "objcopy -O binary --only-section=.text build/remora.elf text"
                    + " && head -c $(wc -c <text) /dev/zero | tr '\\0' '\\364' >halts"
                    + " && objcopy --update-section .text=halts build/remora.elf"));
    KernelPackages.editSpec(deaf, "(?m)^\\[boot]$", "[boot]\nup-within = \"3s\"");
    return deaf;
  }

  /** An app that runs until it is ended, in the foreground of somebody else. */
  private static CompletableFuture<Shell.Result> dive(String... options) {
    String[] words =
        enclaves.diveWords(
            Stream.concat(
                    Stream.of("--name", NAME, "--memory", "64M"),
                    Stream.concat(Stream.of(options), Stream.of("sizes")))
                .toArray(String[]::new));
    return CompletableFuture.supplyAsync(() -> enclaves.user().diverHere(words));
  }

  private static void awaitRunning(CompletableFuture<Shell.Result> dive) {
    Node.await(
        "the app runs",
        () -> {
          assertFalse(dive.isDone(), () -> dive.join().toString());
          return node.run("grep -q 'state running' " + LEDGER).status() == 0;
        });
  }

  /** Kills the agent's processes of the enclave as soon as its ledger says that it is so far. */
  private static void killWhen(String state, String who) {
    String victims =
        switch (who) {
          case "all" -> "$(pidof diver-agent)";
          default -> "$(sed -n 's/^" + who + " \\([0-9]*\\).*/\\1/p' " + LEDGER + ")";
        };
    String so = state.equals("created") ? "^keeper " : "^state " + state;
    node.ask(
        "until grep -q '"
            + so
            + "' "
            + LEDGER
            + " 2>/dev/null; do :; done; kill -9 "
            + victims
            + " || true"); // one of them may have ended by itself
  }
}
