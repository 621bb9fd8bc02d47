package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A user's dives on a node, in one process with the test: a JVM for each command would take longer
 * than what is tried.
 *
 * @param user with remora
 * @param node that it reaches
 */
record Enclaves(Shell user, Node node) {

  private static final JsonMapper JSON = new JsonMapper();

  /** Where a name is enough. */
  static final List<String> THERE = List.of("--host", Node.HOST);

  /** A user of the catalog who has remora and the program sizes. */
  static Enclaves of(Shell user, Node node) {
    Shell reaching = node.reachedBy(user);
    Expect.success(reaching.diverHere("pull", "remora"));
    Enclaves enclaves = new Enclaves(reaching, node);
    Programs.compile(reaching, "sizes", "-pthread");
    return enclaves;
  }

  /** Dives; options, the program and {@code --} with its arguments are the words. */
  Shell.Result dive(String... words) {
    return user.diverHere(diveWords(words));
  }

  /** A verb and its arguments, for the node's enclaves whoever has made them. */
  static String[] words(String... verb) {
    return Stream.concat(Stream.of(verb), THERE.stream()).toArray(String[]::new);
  }

  /** The words behind {@code diver}. */
  String[] diveWords(String... words) {
    return Stream.concat(
            Stream.of("dive", "--mode", "partitioned-hardware", "--host", Node.HOST),
            Stream.concat(Stream.of("--kernel", "remora"), Stream.of(words)))
        .toArray(String[]::new);
  }

  /**
   * Dives the program sizes in the background, with these options; returns when it is up. That
   * starts a process of Diver's, which has this user's environment from a process of Diver's.
   */
  void start(String name, List<String> options, String... arguments) {
    List<String> words = new ArrayList<>(List.of("-d", "--name", name));
    words.addAll(options);
    words.add("sizes");
    words.add("--");
    words.addAll(List.of(arguments));
    Expect.success(user.diver(diveWords(words.toArray(String[]::new))));
    Node.await("the app's first line", () -> !said(name).isEmpty());
  }

  /** Ends it and removes what is kept of it. */
  void stop(String name) {
    Expect.success(user.diverHere("stop", "--rm", name));
  }

  Shell.Result resize(String name, String... changes) {
    return user.diverHere(
        Stream.concat(Stream.of("resize", name), Stream.of(changes)).toArray(String[]::new));
  }

  /** What sizes has printed by now. */
  List<String> said(String name) {
    return Expect.success(user.diverHere("logs", name)).text().lines().toList();
  }

  /** Waits for a line of sizes that says so many cores, with all of its threads alive. */
  void awaitCores(String name, int cores, int threads) {
    String wanted = "cores " + cores + ", .*, threads " + threads;
    Node.await(
        wanted,
        () -> {
          List<String> lines = said(name);
          return !lines.isEmpty() && lines.getLast().matches(wanted);
        });
  }

  /** Those that the node says it has, which gives back what nobody holds any more. */
  List<JsonNode> there() {
    Shell.Result list =
        Expect.success(user.diverHere("ps", "--all", "--json", "--host", Node.HOST));
    return JSON.readTree(list.output()).values().stream().toList();
  }

  /** Its state, as the node says; ended where it knows of none. */
  String state(String name) {
    return there().stream()
        .filter(enclave -> enclave.get("name").asString().equals(name))
        .map(enclave -> enclave.get("state").asString())
        .findFirst()
        .orElse("ended");
  }

  /** Ends what a test that has failed has left, so that it fails alone. */
  void endAll() {
    for (JsonNode enclave : there()) {
      user.diverHere("stop", "--rm", "--host", Node.HOST, enclave.get("name").asString());
    }
    user.diverHere("ps", "--all", "--quiet")
        .text()
        .lines()
        .forEach(name -> user.diverHere("stop", "--rm", name));
  }

  /** All is as it was before any dive, here and there. */
  void expectNothingLeft() throws IOException {
    node.expectAsBooted();
    Expect.nothingLeft(user);
  }

  static JsonNode json(Shell.Result result) {
    return JSON.readTree(Expect.success(result).output());
  }

  void expectCores(String left) {
    assertEquals(left, node.cores(), "the cores of the node's Linux");
  }

  static void expectSaid(String part, Shell.Result result) {
    assertTrue(result.text().contains(part), () -> "\"" + part + "\" not in " + result);
  }
}
