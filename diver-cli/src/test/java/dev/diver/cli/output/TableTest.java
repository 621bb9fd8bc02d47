package dev.diver.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TableTest {

  private static Table table() {
    return new Table()
        .text("NAME")
        .number("PULLS")
        .prose("SUMMARY")
        .row("remora", "7", "A lightweight kernel for HPC")
        .row("nautilus", "1234", "An Aerokernel");
  }

  @Test
  void showsAllOfItInAPipe() {
    assertEquals(
        """
        NAME      PULLS  SUMMARY
        remora        7  A lightweight kernel for HPC
        nautilus   1234  An Aerokernel
        """,
        table().render(Integer.MAX_VALUE, false));
  }

  @Test
  void cutsProseToTheTerminal() {
    assertEquals(
        """
        NAME      PULLS  SUMMARY
        remora        7  A lightweight…
        nautilus   1234  An Aerokernel
        """,
        table().render(31, false));
  }

  @Test
  void neverCutsNames() {
    assertEquals(
        """
        NAME      PULLS  SUMMARY
        remora        7  A light…
        nautilus   1234  An Aero…
        """,
        table().render(5, false));
  }

  @Test
  void doesNotLetTextSteerTheTerminal() {
    assertEquals(
        "A\nx?[2Jy?z\n",
        new Table().text("A").row("x\u001b[2Jy\nz").render(Integer.MAX_VALUE, false));
  }

  @Test
  void refusesARowOfAnotherLength() {
    assertThrows(IllegalArgumentException.class, () -> table().row("one"));
  }
}
