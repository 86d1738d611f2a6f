"""The whole story of the demo clinic as one list of acts in the order of time, seen from the day of loading. Pure."""

from datetime import date
from itertools import chain

from app.demo.acts import Act
from app.demo.client_course import ClientCourse
from app.demo.diary import moment
from app.demo.episodes import with_episodes
from app.demo.group_course import LEADERS, Teams, intro_courses, weekly_group
from app.demo.stories import STORIES


def plan(today: date) -> list[Act]:
    """Plan everything that happened before today, and the sessions of the next weeks.

    The same day gives the same plan. Acts of one moment keep the order in which they follow from each other.
    """
    courses = {story.key: ClientCourse(story, today) for story in STORIES}
    teams = Teams({(story.key, story.therapist) for story in STORIES if story.therapist in LEADERS})
    own = list(chain.from_iterable(course.whole() for course in courses.values()))
    shared = [*intro_courses(courses, teams, today), *weekly_group(courses, teams, today)]
    story = sorted(with_episodes([*own, *shared], courses, today), key=lambda act: act.at)
    return [act for act in story if act.at < moment(today, 0)]
