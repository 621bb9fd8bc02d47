/**
 * Pipelines: stages that feed each other, as {@code pipeline.toml} describes them, and when each of
 * them runs on which cores. What is written becomes a {@link dev.diver.deploy.pipeline.Pipeline},
 * that is expanded to a {@link dev.diver.deploy.pipeline.TaskGraph}, and the {@link
 * dev.diver.deploy.pipeline.Planner} packs its gangs onto the machine.
 */
@NullMarked
package dev.diver.deploy.pipeline;

import org.jspecify.annotations.NullMarked;
