package dev.diver.deploy.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ScreenTest {

  private static byte[] memory(String... rows) {
    byte[] memory = new byte[Screen.BYTES];
    for (int row = 0; row < rows.length; row++) {
      byte[] text = rows[row].getBytes(Charset.forName("IBM437"));
      for (int i = 0; i < text.length; i++) {
        memory[160 * row + 2 * i] = text[i];
        memory[160 * row + 2 * i + 1] = 7;
      }
    }
    return memory;
  }

  @Test
  void readsRows() {
    assertEquals(List.of("", "Größe: █ π"), Screen.of(memory("", "Größe: █ π  ", " ")).rows());
    assertEquals("", Screen.of(new byte[Screen.BYTES]).text());
  }

  @Test
  void readsNothingWhereNobodyAnswers() {
    byte[] ones = new byte[Screen.BYTES];
    Arrays.fill(ones, (byte) 0xff);
    assertEquals("", Screen.of(ones).text());
    assertEquals("", Screen.of(new byte[7]).text());
  }

  @Test
  void leavesOutTheFirmware() {
    Screen screen =
        Screen.of(
            memory(
                "SeaBIOS (version 1.16.2-debian-1.16.2-1)",
                "",
                "mine",
                "Welcome to GRUB!",
                "Booting from ROM.."));
    assertEquals(List.of("", "", "mine"), screen.ofKernel().rows());
    assertEquals(5, screen.rows().size());
    assertEquals(List.of(), Screen.of(memory("SeaBIOS (")).ofKernel().rows());
  }

  @Test
  void saysEachLineOnce() {
    ScreenText text = new ScreenText();
    assertEquals("", text.end());
    assertEquals("", text.news(List.of()));
    assertEquals("one", text.news(List.of("", "one")));
    assertEquals("", text.news(List.of("", "one")));
    assertEquals(" and\ntwo", text.news(List.of("", "one and", "two")));
    assertEquals("\nthree", text.news(List.of("one and", "two", "three")));
    assertEquals("\nfour\n\nsix", text.news(List.of("three", "four", "", "six")));
    assertEquals("", text.news(List.of()));
    assertEquals("\nseven", text.news(List.of("seven")));
    assertEquals("\nnew", text.news(List.of("new")));
    assertEquals("\n", text.end());
  }

  @Test
  void saysOnlyTheRowsThatChange() {
    ScreenText text = new ScreenText();
    assertEquals("pass 1\n10 %\nend", text.news(List.of("pass 1", "10 %", "end")));
    assertEquals("\n20 %", text.news(List.of("pass 1", "20 %", "end")));
  }
}
