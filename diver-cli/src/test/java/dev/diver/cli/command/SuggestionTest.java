package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SuggestionTest {

  @Test
  void countsSlipsOfTheFinger() {
    assertEquals(0, Suggestion.distance("pull", "pull"));
    assertEquals(1, Suggestion.distance("pul", "pull"));
    assertEquals(1, Suggestion.distance("pulll", "pull"));
    assertEquals(1, Suggestion.distance("pukl", "pull"));
    assertEquals(1, Suggestion.distance("serach", "search"));
    assertEquals(4, Suggestion.distance("", "pull"));
  }

  @Test
  void suggestsOnlyWhatIsClose() {
    List<String> known = List.of("pull", "publish", "ps");
    assertEquals(Optional.of("pull"), Suggestion.closest("plul", known));
    assertEquals(Optional.of("publish"), Suggestion.closest("publihs", known));
    assertEquals(Optional.empty(), Suggestion.closest("frobnicate", known));
    assertEquals(Optional.empty(), Suggestion.closest("x", List.of()));
  }
}
