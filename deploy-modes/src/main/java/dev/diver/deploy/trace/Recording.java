package dev.diver.deploy.trace;

import java.util.List;

/**
 * A run that was recorded.
 *
 * @param trace what was recorded; its slowdown is not known yet
 * @param status the program's, 128 + n where signal n killed it
 * @param notes what the trace does not show, a sentence each
 */
public record Recording(Trace trace, int status, List<String> notes) {

  public Recording {
    notes = List.copyOf(notes);
  }
}
