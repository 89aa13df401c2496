"""The user's own compose file as the stack of a drill, under a project name of the drill's."""
