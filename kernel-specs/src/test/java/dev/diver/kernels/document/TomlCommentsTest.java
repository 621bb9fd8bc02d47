package dev.diver.kernels.document;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TomlCommentsTest {

  @Test
  void whatIsAboveAKeyAndBehindItsValueIsAboutIt() {
    assertEquals(
        Map.of(
            "", "all of it, in two lines",
            "name", "who",
            "table", "a table",
            "table.text", "above\n  modules = [\"x\"]\nand behind",
            "table.inner.more", "last"),
        TomlComments.of(
            """
            # all of it,
            # in two lines
            name = "a # b" # who
            plain = 1

            # far away

            [table]   # a table
            # above
            # modules = ["x"]
            # and
            text = '#' # behind
            long = \"""
            # no comment
            key = "value" # nor this
            \"""
            inner.more = [1, 2] # last
            """));
  }

  @Test
  void aDocumentWithoutCommentsHasNone() {
    assertEquals(Map.of(), TomlComments.of("a = \"\\\"#\"\nb = '''#'''\n"));
    assertEquals(Map.of(), TomlComments.of(""));
  }
}
