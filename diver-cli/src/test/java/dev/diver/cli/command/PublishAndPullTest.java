package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.catalog.CatalogOptions;
import dev.diver.catalog.CatalogServer;
import dev.diver.cli.Typed;
import dev.diver.cli.Typed.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A kernel's way from its publisher to its users, by a real catalog over HTTP. */
class PublishAndPullTest {

  private static final JsonMapper JSON = new JsonMapper();
  static final Path PVH = Path.of("../e2e/kernels/build/pvh.elf");

  @TempDir Path folder;
  private CatalogServer server;
  private String url = "";

  @BeforeEach
  void startCatalog() throws IOException {
    server = CatalogServer.start(CatalogOptions.of(folder.resolve("catalog")).withPort(0));
    url = "http://127.0.0.1:" + server.port();
    makeKernel();
  }

  @AfterEach
  void stopCatalog() {
    server.close();
  }

  /** The files of a new kernel, with another one in place of what a compiler would leave. */
  private void makeKernel() throws IOException {
    Result made = user().run("kernel", "new", "tiny");
    assertEquals(0, made.status(), made.err());
    Files.createDirectories(folder.resolve("tiny/build"));
    Files.copy(PVH, folder.resolve("tiny/build/kernel.elf"));
  }

  private Typed user() {
    return new Typed(folder).with("DIVER_CATALOG", url);
  }

  private Result ok(String... words) {
    Result result = user().run(words);
    assertEquals(0, result.status(), result.err());
    return result;
  }

  private JsonNode json(String... words) {
    return JSON.readTree(ok(words).out());
  }

  @Test
  void whatIsPublishedIsFoundShownAndPulled() {
    JsonNode published = json("publish", "tiny", "--json");
    String digest = published.path("digest").asString();
    assertEquals("[\"tiny:0.1.0\",\"tiny:latest\"]", published.path("references").toString());

    assertTrue(
        ok("search", "tiny").out().matches("(?s)NAME +VERSION.*\ntiny +0\\.1\\.0 +pvh +full-vm.*"));
    JsonNode found = json("search", "--mode", "full-vm", "--json");
    assertEquals(1, found.path("total").asInt());
    assertEquals("tiny", found.path("kernels").path(0).path("name").asString());

    assertTrue(ok("info", "tiny").out().startsWith("tiny 0.1.0  A kernel of a hundred lines"));
    assertEquals(
        digest, json("info", "tiny", "--json").path("releases").path(0).path("digest").asString());

    ok("rm", "tiny:0.1.0");
    assertEquals("", ok("images", "-q").out());
    assertEquals(
        "Pulled tiny:latest " + digest,
        ok("pull", "tiny").out().substring(0, 19 + digest.length()));
    assertEquals("tiny:latest\n", ok("images", "-q").out());
    assertEquals(digest, json("images", "--json").path(0).path("digest").asString());
  }

  @Test
  void isFoundByWhatItCanDo() {
    ok("publish", "tiny");
    JsonNode found = json("search", "--boot", "pvh", "--hypervisor", "qemu-microvm", "--json");
    assertEquals("pvh", found.path("kernels").path(0).path("boot").asString());
    assertEquals(0, json("search", "--handles", "futex,mmap", "--json").path("total").asInt());
    assertEquals(0, json("search", "--boot", "efi", "--json").path("total").asInt());
    assertEquals("pvh", json("info", "tiny", "--json").path("boot").asString());
    assertTrue(
        ok("info", "tiny").out().contains("\nboots      pvh, the app "), ok("info", "tiny").out());

    Result refused = user().run("search", "--boot", "pwh");
    assertEquals(125, refused.status());
    assertTrue(refused.err().contains("There is no boot protocol \"pwh\"."), refused.err());
    assertTrue(refused.err().contains("Did you mean pvh? There are: disk, efi"), refused.err());
  }

  @Test
  void aForkSaysWhereItComesFromAndSoDoesItsPackage() throws IOException {
    Path toml = folder.resolve("tiny/kernel.toml");
    Files.writeString(toml, Files.readString(toml).replaceFirst("(?s)\\[source].*", ""));
    String digest = json("publish", "tiny", "--json").path("digest").asString();
    ok("rm", "tiny:0.1.0");
    JsonNode fork = json("kernel", "fork", "tiny", "dace:0.2.0", "--json");
    String base = "tiny:0.1.0@" + digest;
    assertEquals(base, fork.path("base").asString());
    assertFalse(fork.path("source").asBoolean(true));
    ok("publish", "dace");
    assertEquals(base, json("info", "dace", "--json").path("base").asString());
    assertTrue(ok("info", "dace:0.2.0").out().contains("base       " + base));
    assertEquals(2, user().run("kernel", "fork", "tiny", "No Name").status());
    assertEquals(125, user().run("kernel", "fork", "tiny", "dace").status());
  }

  @Test
  void aForkOfANewKernelHasItsSource() throws IOException {
    ok("kernel", "package", "tiny");
    JsonNode fork = json("kernel", "fork", "tiny:0.1.0", "dace", "--json");
    assertTrue(fork.path("source").asBoolean());
    assertEquals(
        -1, Files.mismatch(folder.resolve("tiny/src/main.c"), folder.resolve("dace/src/main.c")));
    assertTrue(Files.isExecutable(folder.resolve("dace/scripts/test")));
  }

  @Test
  void aKernelThatIsHereUnderAnotherTagIsNamed() {
    ok("kernel", "package", "tiny");
    Result dive = user().run("dive", "--kernel", "tiny");
    assertEquals(125, dive.status());
    assertTrue(dive.err().contains("On this machine there is tiny:0.1.0; name it so."), dive.err());
    ok("dive", "--dry-run", "--kernel", "tiny:0.1.0");
  }

  @Test
  void wordsThatTheKernelHasNoPlaceForAreRefused() throws IOException {
    ok("kernel", "package", "tiny");
    Result env = user().run("dive", "--dry-run", "--kernel", "tiny:0.1.0", "-e", "A=b");
    assertEquals(125, env.status());
    assertTrue(env.err().contains("tiny takes no variables"), env.err());
    assertTrue(env.err().contains("{env}"), env.err());

    Path toml = folder.resolve("tiny/kernel.toml");
    String spec = Files.readString(toml);
    Files.writeString(
        toml, spec.replace("0.1.0", "0.2.0").replace("\"{args}\"", "\"quiet {env}\""));
    ok("kernel", "package", "tiny");
    ok("dive", "--dry-run", "--kernel", "tiny:0.2.0", "-e", "A=b");
    Result args = user().run("dive", "--dry-run", "--kernel", "tiny:0.2.0", "--", "one");
    assertEquals(125, args.status());
    assertTrue(args.err().contains("tiny takes no arguments"), args.err());
  }

  @Test
  void templatesAreListedAsJson() {
    ok("kernel", "package", "tiny");
    JsonNode templates = json("new", "--list", "--json", "--kernel", "tiny:0.1.0");
    assertTrue(templates.isArray(), templates.toString());
  }

  @Test
  void whatAKernelLacksIsSaidPointByPoint() throws IOException {
    JsonNode complete = json("kernel", "check", "tiny", "--json");
    assertTrue(complete.path("complete").asBoolean());
    assertTrue(ok("kernel", "check", "tiny").out().contains("has   boot.image"));
    Files.delete(folder.resolve("tiny/build/kernel.elf"));
    Result lacking = user().run("kernel", "check", "tiny");
    assertEquals(1, lacking.status());
    assertTrue(lacking.out().contains("lacks boot.image"), lacking.out());
    assertTrue(lacking.out().contains("help: Build it first"), lacking.out());
  }

  @Test
  void aReleaseIsNeverOverwrittenButLatestMoves() throws IOException {
    ok("publish", "tiny");
    Files.writeString(
        folder.resolve("tiny/build/kernel.elf"), "another image", StandardOpenOption.APPEND);
    Result refused = user().run("publish", "tiny");
    assertEquals(125, refused.status());
    assertTrue(refused.err().contains("error: "), refused.err());
    ok("publish", "tiny", "--tag", "latest");
  }

  @Test
  void aYankedReleaseVanishesUntilItIsOfferedAgain() {
    String digest = json("publish", "tiny", "--json", "--tag", "0.1.0").path("digest").asString();
    ok("rm", "tiny:0.1.0");
    assertEquals("Yanked tiny:0.1.0\n", ok("yank", "tiny:0.1.0").out());
    assertEquals(0, json("search", "tiny", "--json").path("total").asInt());
    assertEquals(125, user().run("pull", "tiny:0.1.0").status());
    ok("pull", "tiny@" + digest);
    ok("yank", "--undo", "tiny:0.1.0");
    ok("pull", "tiny:0.1.0");
  }

  @Test
  void infoShowsWhatIsHereWhereTheCatalogIsDown() {
    ok("kernel", "package", "tiny");
    server.close();
    Result shown = ok("info", "tiny:0.1.0");
    assertTrue(shown.out().startsWith("tiny 0.1.0"), shown.out());
    assertTrue(shown.err().contains("This is what is here."), shown.err());
    assertEquals(125, user().run("info", "other").status());
  }

  @Test
  void loginIsTriedRememberedForItsOwnerAndForgotten() throws IOException {
    // htpasswd -nbB publisher secret
    Path users =
        Files.writeString(
            folder.resolve("users"),
            "publisher:$2y$05$tXV1JcwEZagXMmIOf1NoOecIrb/z1vAUklOiinTbrCzQ6ydaRBoo.\n");
    CatalogServer guarded =
        CatalogServer.start(
            CatalogOptions.of(folder.resolve("guarded")).withPort(0).withHtpasswd(users));
    try (guarded) {
      url = "http://127.0.0.1:" + guarded.port();
      assertEquals(125, user().run("publish", "tiny", "--catalog", url).status());
      String[] login = {"login", "-u", "publisher", "--password-stdin", "--catalog", url};
      assertEquals(125, user().reading("wrong\n").run(login).status());
      assertFalse(Files.exists(folder.resolve("home/auth.json")));
      Result accepted = user().reading("secret\n").run(login);
      assertEquals(0, accepted.status(), accepted.err());
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(
              Files.getPosixFilePermissions(folder.resolve("home/auth.json"))));
      ok("publish", "tiny", "--catalog", url);
      ok("logout", "--catalog", url);
      assertEquals(125, user().run("yank", "tiny:0.1.0", "--catalog", url).status());
    }
  }

  @Test
  void loginWithoutATerminalSaysWhatToDo() {
    Result result = user().run("login");
    assertEquals(125, result.status());
    assertTrue(result.err().contains("There is no terminal to ask"), result.err());
  }
}
