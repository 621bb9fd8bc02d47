package dev.diver.deploy;

import dev.diver.deploy.machine.CommandLine;
import java.nio.file.Path;

/**
 * A process that a machine cannot do without: it is started first, and both end together.
 *
 * @param name for people, as in "the delegate agent"
 * @param command that runs it
 * @param socket at which the machine reaches it; there when it is ready
 * @param ownsStreams whether the app's standard streams are its own, not the machine's
 */
public record Companion(String name, CommandLine command, Path socket, boolean ownsStreams) {}
