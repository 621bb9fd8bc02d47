package dev.diver.deploy;

import java.util.List;

/** Whether a mode can be used here. */
public sealed interface Readiness {

  /**
   * It can.
   *
   * @param facts what was found, a sentence each, as doctor prints them
   */
  record Ready(List<String> facts) implements Readiness {}

  /**
   * It cannot.
   *
   * @param things what is missing, at least one
   * @param facts what was found
   */
  record Missing(List<Thing> things, List<String> facts) implements Readiness {}

  /**
   * A missing thing.
   *
   * @param name of the program or file
   * @param why it is needed, and what is wrong with what is there, in one sentence
   * @param command the shell command that mends it
   */
  record Thing(String name, String why, String command) {}
}
